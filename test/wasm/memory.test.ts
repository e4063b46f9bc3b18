import * as tf from '@tensorflow/tfjs-core';
import * as tfn from '../../src/ops/index.js';
import {memoryOf} from '../../src/kernels/backends/wasm/heap.js';
import {expectClose} from '../close.js';
import {normalize64} from '../float64.js';
import {random} from '../random.js';
import {MOMENTS} from '../../src/statistic.js';
import {newWasmBackend} from './backend.js';

test('the memory may grow while a kernel gets its outputs', async () => {
  const backend = await newWasmBackend();
  const shape = [64, 4096];
  const x = tf.tensor(random(64 * 4096, 1, 3, 2), shape);
  const truth = normalize64(x.dataSync(), [1], [0], {
    ...{shape, reduced: [1], params: []},
    ...{statistic: MOMENTS, epsilon: 1e-3},
  });
  const {memory} = memoryOf(backend).loops!;
  const sizes = new Set<number>();
  const outputs: tf.Tensor[] = [];
  while (sizes.size < 4) {
    outputs.push(tfn.layerNorm(x));
    sizes.add(memory.buffer.byteLength);
  }
  for (const y of outputs) expectClose(y, truth.y, 2e-6);
});

// The answer of tfjs's allocator where there is no more; the n-th call of it, counted from one.
test.each([1, 2, 3])('allocation %d fails: an error, and nothing is overwritten', async nth => {
  const backend = await newWasmBackend();
  // A size that no call before has had: the first one also asks for memory to find out how much it needs.
  const size = 100 + nth;
  const x = tf.tensor(random(4 * size, 1), [4, size]);
  tf.dispose(tfn.layerNorm(x));
  const gamma = tf.ones([size]);
  const beta = tf.zeros([size]);
  const heap = backend.wasm as {_malloc(bytes: number): number};
  const malloc = heap._malloc.bind(heap);
  const before = backend.wasm.HEAPU8.slice(0, 1024);
  const ids = tf.memory().numDataBuffers;
  let calls = 0;
  heap._malloc = bytes => (++calls === nth ? 0 : malloc(bytes));
  expect(() => tfn.layerNorm(x, {gamma, beta})).toThrow('The wasm backend is out of memory.');
  heap._malloc = malloc;
  expect(tf.memory().numDataBuffers).toBe(ids);
  expect(backend.wasm.HEAPU8.slice(0, 1024)).toEqual(before);
  expect(tfn.layerNorm(x, {gamma, beta}).shape).toEqual([4, size]);
});
