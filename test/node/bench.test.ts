/** Rivals that `npm run bench` compares with on this backend only. */
import * as tf from '@tensorflow/tfjs';
import {CASES} from '../../bench/cases.js';
import {type Pass, PASSES} from '../../bench/implementation.js';
import {layerNorm} from '../../bench/norms.js';
import {kernelsOnCopies} from '../../bench/tensorflow.js';
import type {NodeBackend} from '../../src/kernels/backends/tensorflow/node_backend.js';
import '../backends.js';
import {runBench} from '../run_bench.js';

const LIMITS: Record<Pass, RegExp> = {
  forward: /^(L2Loss, )?Snapshot$/,
  backward: /^(L2Loss, L2Loss, )?AddV2$/,
  'forward + backward': /^(L2Loss, )?Snapshot, (L2Loss, L2Loss, )?AddV2$/,
};

test("every case runs beside TensorFlow's ops, and no tensor is left", async () => {
  const before = tf.memory().numTensors;
  const all = await runBench(CASES);
  expect(all).toHaveLength(3 * CASES.length - 2);
  for (const results of all) {
    const {op, pass} = results[0];
    const kinds = results.map(({kind}) => kind);
    expect(kinds.includes('no native ops')).toBe(op !== 'batchNormInference');
    expect(results.at(-1)).toMatchObject({
      kind: 'limit',
      name: expect.stringMatching(LIMITS[pass]) as string,
    });
  }
  const ofBatchNorm = all.flat().filter(({kind}) => kind === 'TensorFlow op');
  expect(ofBatchNorm.map(({op, pass}) => [op, pass])).toEqual(
    PASSES.map(pass => ['batchNorm', pass]),
  );
  expect(tf.memory().numTensors).toBe(before);
}, 60_000);

test('the kernels without native ops call none', async () => {
  const shape = [600, 512];
  const [x, dy] = [tf.randomNormal(shape), tf.randomNormal(shape)];
  const [gamma, beta, mean, variance] = [0, 1, 2, 3].map(() => tf.randomNormal(shape.slice(1)));
  const data = {x, dy, gamma, beta, mean, variance};
  const bound = await kernelsOnCopies(layerNorm.attrs!(shape)).bind(data, ['gamma', 'beta']);
  const made = jest.spyOn(tf.backend() as unknown as NodeBackend, 'createOutputTensor');
  tf.dispose((await bound.passes['forward + backward']!()) as tf.Tensor[]);
  expect(made).not.toHaveBeenCalled();
  made.mockRestore();
  await bound.dispose?.();
  tf.dispose(data);
});
