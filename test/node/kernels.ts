/** The kernels as tfjs runs them, against float64. */
import * as tf from '@tensorflow/tfjs';
import {asAttrMap, type AttrsOf, type KernelName, OUTPUTS} from '../../src/kernels/contract.js';
import {groupCount, paramCount, viewOf, viewSize} from '../../src/view.js';
import {expectClose} from '../close.js';
import {normalizeGrad64, type Problem} from '../float64.js';
import {random} from '../random.js';

/** The outputs of a kernel by their names. */
function runKernel<Name extends KernelName>(
  kernel: Name,
  inputs: tf.NamedTensorMap,
  attrs: AttrsOf[Name],
): Record<string, tf.Tensor> {
  const tensors = tf.engine().runKernel<tf.Tensor[]>(kernel, inputs, asAttrMap(attrs));
  const outputs = OUTPUTS[kernel](attrs, inputs['x'].shape);
  expect(tensors.map(({shape}) => shape)).toEqual(outputs.map(({shape}) => shape));
  return Object.fromEntries(outputs.map(({name}, i) => [name, tensors[i]]));
}

/** Next to 1, float32 keeps few of the digits that 1 - momentum has. */
const MOMENTUM = 0.9999;

/**
 * A function that runs all kernels on a problem, each with every set of outputs that can be wanted.
 * It fails unless each output is as near to float64 as promised, and returns y, dx, dgamma and dbeta.
 */
export function kernelsOn(problem: Problem, forward = 2e-6, gradient = 1e-5) {
  const {shape, reduced, params, statistic, epsilon} = problem;
  const attrs = {view: viewOf(shape, reduced, params), statistic, epsilon};
  const [size, groups, count] = [viewSize, groupCount, paramCount].map(of => of(attrs.view));
  const [$x, $dy] = [random(size, 1, 1, 2), random(size, 2)];
  const [$gamma, $beta] = [random(count, 3, 1, 0.5), random(count, 4)];
  const [$dmean, $dspread, $moving] = [5, 6, 7].map(seed => random(groups, seed));

  const dstats = Array.from($dmean, (mean, g) => ({mean, spread: $dspread[g]}));
  const counted = statistic.center ? dstats : undefined;
  const {stats, ...others} = normalizeGrad64($dy, $x, $gamma, $beta, problem, counted);
  const [mean, spread] = [stats.map(s => s.mean), stats.map(s => s.spread)];
  const largestSpread = spread.reduce((most, value) => Math.max(most, value));
  const moved = {
    mean: mean.map(value => value * (1 - MOMENTUM)),
    spread: spread.map((value, g) => $moving[g] * MOMENTUM + value * (1 - MOMENTUM)),
  };
  const truth = {...others, mean, spread};

  const expectRight = (found: Record<string, tf.Tensor>, expected: Record<string, number[]>) => {
    for (const [name, tensor] of Object.entries(found)) {
      if (name === 'dgamma' || name === 'dbeta') {
        // A sum of random signs, of as many terms as a parameter has elements.
        expectClose(tensor, expected[name], gradient, Math.sqrt(size / count));
      } else if (name === 'spread') {
        expectClose(tensor, expected[name], forward, largestSpread);
      } else if (name !== 'stats') {
        expectClose(tensor, expected[name], name === 'dx' ? gradient : forward);
      }
    }
    return found;
  };

  return () => {
    // tidy would look for tensors in every element of what it returns.
    let results: tf.TypedArray[] = [];
    tf.tidy(() => {
      const [x, dy] = [$x, $dy].map(values => tf.tensor(values, [...shape]));
      const [gamma, beta] = [$gamma, $beta].map(values => tf.tensor(values));
      const momentsShape = [groups, 1];
      const [dmean, dspread, movingSpread] = [$dmean, $dspread, $moving].map(values =>
        tf.tensor(values, momentsShape),
      );
      const inputs = {x, gamma, beta};
      const none = {...attrs, withStats: false, momentsShape: null, momentum: 0};
      const moments = {...none, momentsShape};
      const all = {...moments, withStats: true};
      const {stats, y} = expectRight(runKernel('FusedNormalize', inputs, all), truth);
      expectRight(runKernel('FusedNormalize', inputs, moments), truth);
      expectRight(runKernel('FusedNormalize', inputs, none), truth);
      const moving = {...inputs, movingMean: tf.zeros(momentsShape), movingSpread};
      const withMomentum = {...moments, momentum: MOMENTUM};
      expectRight(runKernel('FusedNormalize', moving, withMomentum), {...truth, ...moved});

      const saved = {dy, x, gamma, stats, dmean, dspread};
      const gradients = (wanted: {dx: boolean; dparams: boolean}) =>
        expectRight(runKernel('FusedNormalizeGrad', saved, {...attrs, wanted}), truth);
      gradients({dx: true, dparams: false});
      gradients({dx: false, dparams: true});
      const {dx, dgamma, dbeta} = gradients({dx: true, dparams: true});

      // Where each group has a parameter, its own statistics may as well be given.
      if (statistic.center && attrs.view.every(axis => axis.reduced !== axis.param)) {
        const given = {...inputs, mean: tf.tensor(mean), variance: tf.tensor(spread)};
        expectRight(runKernel('FusedNormalizeGiven', given, attrs), truth);
      }
      results = [y, dx, dgamma, dbeta].map(t => t.dataSync());
    });
    return results;
  };
}
