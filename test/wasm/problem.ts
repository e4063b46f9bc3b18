/** A problem of each family of kernels, small enough for any rung of the ladder. */
import * as tf from '@tensorflow/tfjs-core';
import {asAttrMap, FusedNormalize} from '../../src/kernels/contract.js';
import type {Statistic} from '../../src/statistic.js';
import {viewOf} from '../../src/view.js';
import {relativeError} from '../close.js';
import {normalize64, normalizeGrad64} from '../float64.js';
import {NORM_CASES, type NormCase, STATISTICS} from '../norm_cases.js';
import {random} from '../random.js';

const PROBLEMS: NormCase[] = [
  {name: 'rows', shape: [37, 130], reduced: [1], params: [1]},
  {name: 'columns', shape: [301, 12], reduced: [0], params: [1]},
  {name: 'columns in groups', shape: [3, 83, 4, 6], reduced: [1, 3], params: [2, 3]},
  {name: 'segments', shape: [5, 6, 77], reduced: [0, 2], params: [1]},
  ...NORM_CASES.filter(({epsilon}) => epsilon == null).slice(0, 8),
];

export type Outcome = {name: string; forward: number; gradient: number};

/** How far the active backend's kernels are from float64, by problem and statistic. */
export const outcomes = (): Outcome[] =>
  STATISTICS.flatMap(([name, statistic]) =>
    PROBLEMS.map(problem => ({...outcomeOf(problem, statistic), name: `${name}, ${problem.name}`})),
  );

function outcomeOf({shape, reduced, params}: NormCase, statistic: Statistic) {
  const size = shape.reduce((a, b) => a * b, 1);
  const count = params.reduce((n, axis) => n * shape[axis], 1);
  const [x, dy] = [random(size, 1, 1, 2), random(size, 2)];
  const [gamma, beta] = [random(count, 3, 1, 1), random(count, 4)];
  const problem = {shape, reduced, params, statistic, epsilon: 1e-3};
  const view = viewOf(shape, reduced, params);
  const sizes = view.map(axis => axis.size);
  const forward = {withStats: true, momentsShape: null, momentum: 0};
  const attrs = asAttrMap({view, statistic, epsilon: 1e-3, ...forward});
  return tf.tidy(() => {
    const normalize = (x: tf.Tensor, gamma: tf.Tensor, beta: tf.Tensor) =>
      tf.engine().runKernel<tf.Tensor[]>(FusedNormalize, {x, gamma, beta}, attrs)[0];
    const inputs = [tf.tensor(x, sizes), tf.tensor1d(gamma), tf.tensor1d(beta)];
    const found = tf.grads((...xs: tf.Tensor[]) => normalize(xs[0], xs[1], xs[2]))(
      inputs,
      tf.tensor(dy, sizes),
    );
    const {dx, dgamma, dbeta} = normalizeGrad64(dy, x, gamma, beta, problem);
    return {
      forward: relativeError(
        normalize(inputs[0], inputs[1], inputs[2]),
        normalize64(x, gamma, beta, problem).y,
      ),
      gradient: Math.max(...[dx, dgamma, dbeta].map((truth, i) => relativeError(found[i], truth))),
    };
  });
}
