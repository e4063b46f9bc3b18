/** A backend that is imported after `accelerate`, as in a program whose first line that is. */
import * as tf from '@tensorflow/tfjs-core';
import * as tfl from '@tensorflow/tfjs-layers';
import * as tfn from '../../src/index.js';
import {expectClose} from '../close.js';

test('runs on our kernels from the time when it is set, without a warning', async () => {
  const warn = jest.spyOn(console, 'warn').mockImplementation();
  const undo = tfn.accelerate();
  await import('@tensorflow/tfjs-backend-cpu');
  await import('@tensorflow/tfjs-backend-wasm');
  const registered = ['cpu', 'wasm'].map(backend => tf.getKernel('FusedBatchNorm', backend));

  for (const backend of ['cpu', 'wasm', 'cpu', 'wasm']) {
    await tf.setBackend(backend);
    expect(tfn.backendInfo().accelerated).toEqual({layers: true, kernels: true});
    const x = tf.tensor4d([1, 2, 3, 4, 5, 6], [1, 2, 3, 1]);
    const axis1 = (values: number[]) => tf.tensor4d(values, [1, 2, 1, 1]);
    const y = tf.batchNorm(x, axis1([0, 1]), axis1([1, 4]), undefined, undefined, 0);
    // tfjs's own kernels for these two backends would take turns in the last axis.
    expectClose(y, [1, 2, 3, 1.5, 2, 2.5], 1e-6);
    // With statistics for each element tfjs's own kernel runs, which wants to be set up.
    const ofEach = tf.batchNorm(x, tf.zerosLike(x), x, undefined, undefined, 0);
    expectClose(ofEach, [1, 2, 3, 4, 5, 6].map(Math.sqrt), 1e-6);
    const layer = tfl.layers.batchNormalization({axis: 1});
    expectClose(
      layer.apply(x) as tf.Tensor,
      [1, 2, 3, 4, 5, 6].map(v => v / Math.sqrt(1.001)),
      1e-6,
    );
  }

  // A program's own backend, with the kernels of another.
  tf.registerBackend('mine', () => tf.findBackendFactory('cpu')() as tf.KernelBackend);
  tf.copyRegisteredKernels('cpu', 'mine');
  await tf.setBackend('mine');
  expect(tfn.backendInfo().accelerated).toEqual({layers: true, kernels: true});

  undo();
  expect(['cpu', 'wasm'].map(backend => tf.getKernel('FusedBatchNorm', backend))).toEqual(
    registered,
  );
  expect(tf.getKernel('FusedBatchNorm', 'wasm')).toBe(registered[1]);
  await tf.setBackend('cpu');
  expect(tfn.backendInfo().accelerated).toBeUndefined();
  expect(tf.getKernel('FusedBatchNorm', 'cpu')).toBe(registered[0]);
  expect(warn.mock.calls).toEqual([]);
  warn.mockRestore();
});
