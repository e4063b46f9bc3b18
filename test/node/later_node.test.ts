/** Node 23 removed functions of `util` that tfjs-node calls. The kernels do without. */
import util from 'node:util';
import * as tf from '@tensorflow/tfjs';
import {asAttrMap, FusedNormalize, FusedNormalizeGrads} from '../../src/kernels/contract.js';
import {registerNormalization} from '../../src/register.js';
import {MOMENTS} from '../../src/statistic.js';
import {viewOf} from '../../src/view.js';
import '../backends.js';
import {expectClose} from '../close.js';
import {normalize64, normalizeGrad64} from '../float64.js';
import {random} from '../random.js';

registerNormalization();

test.each([
  ['rows', [5, 12], [1], [1]],
  ['columns', [12, 5], [0], [1]],
])('the kernels run on %s', (_, shape, reduced, params) => {
  const attrs = {view: viewOf(shape, reduced, params), statistic: MOMENTS, epsilon: 1e-3};
  const count = params.reduce((n, axis) => n * shape[axis], 1);
  const x = tf.tensor(random(60, 1), shape);
  const dy = tf.tensor(random(60, 2), shape);
  const [gamma, beta] = [3, 4].map(seed => tf.tensor(random(count, seed)));
  const removed = ['isNullOrUndefined', 'isArray'] as const;
  const kept = removed.map(name => Object.getOwnPropertyDescriptor(util, name)!);
  for (const name of removed) Object.defineProperty(util, name, {value: undefined, writable: true});
  try {
    const run = (kernel: string, inputs: tf.NamedTensorMap) =>
      tf.engine().runKernel<tf.Tensor[]>(kernel, inputs, asAttrMap(attrs));
    const [y, stats] = run(FusedNormalize, {x, gamma, beta});
    const dstats = tf.tensor(new Float32Array(stats.size), stats.shape);
    const [dx] = run(FusedNormalizeGrads, {dy, x, gamma, stats, dstats});
    const problem = {shape, reduced, params, statistic: MOMENTS, epsilon: 1e-3};
    const [$dy, $x, $gamma, $beta] = [dy, x, gamma, beta].map(t => t.dataSync());
    expectClose(y, normalize64($x, $gamma, $beta, problem).y, 2e-6);
    expectClose(dx, normalizeGrad64($dy, $x, $gamma, $beta, problem).dx, 1e-5);
  } finally {
    removed.forEach((name, i) => Object.defineProperty(util, name, kept[i]));
  }
});
