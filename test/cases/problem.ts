/** One row of the table with one statistic: its inputs, its truth, and the two implementations. */
import * as tf from '@tensorflow/tfjs-core';
import {asAttrMap, FusedNormalize} from '../../src/kernels/contract.js';
import {normalizeReference} from '../../src/reference.js';
import type {Statistic} from '../../src/statistic.js';
import {groupCount, paramCount, viewOf} from '../../src/view.js';
import type {NormCase} from '../norm_cases.js';
import {random} from '../random.js';
import type {Precision} from './case.js';

/** `y, stats, mean, spread`: all outputs of the contract. */
export type Normalize = (x: tf.Tensor, gamma: tf.Tensor, beta: tf.Tensor) => tf.Tensor[];

export function problemOf(
  {shape, reduced, params, epsilon = 1e-3, gammaOffset = 0, activation}: NormCase,
  statistic: Statistic,
  {store}: Precision,
) {
  const view = viewOf(shape, reduced, params);
  const attrs = {
    view,
    statistic,
    ...{epsilon, gammaOffset, activation},
    withStats: true,
    momentsShape: [groupCount(view)],
    momentum: 0,
  };
  const sizes = view.map(axis => axis.size);
  const size = sizes.reduce((a, b) => a * b, 1);
  const values = {
    x: store(random(size, 1, 1, 2)),
    gamma: store(random(paramCount(view), 2, 1, 1)),
    beta: store(random(paramCount(view), 3)),
    dy: store(random(size, 4)),
    /** A factor of dx, for the second order. */
    v: store(random(size, 5)),
  };
  const fused: Normalize = (x, gamma, beta) =>
    tf.engine().runKernel<tf.Tensor[]>(FusedNormalize, {x, gamma, beta}, asAttrMap(attrs));
  const reference: Normalize = (x, gamma, beta) => normalizeReference(x, gamma, beta, attrs);
  return {
    attrs,
    problem: {shape, reduced, params, epsilon, statistic, gammaOffset, activation},
    values,
    /** On the active backend. */
    tensors: () => ({
      x: tf.tensor(values.x, sizes),
      gamma: tf.tensor(values.gamma),
      beta: tf.tensor(values.beta),
      dy: tf.tensor(values.dy, sizes),
      v: tf.tensor(values.v, sizes),
    }),
    fused,
    reference,
  };
}
