import * as tf from '@tensorflow/tfjs';
import * as tfn from '../../src/index.js';
import {compare} from '../../src/models/index.js';
import {labelsOf, normal} from '../models.js';
import {fillWeights, MODELS} from './models.js';

const {layers} = tf;

test('compares outputs, gradients, statistics and cost, and leaves the model as it was', async () => {
  const model = fillWeights(
    tf.sequential({
      layers: [
        layers.dense({units: 6, inputShape: [4], name: 'd'}),
        layers.batchNormalization({name: 'b'}),
        layers.dropout({rate: 0.5, name: 'drop'}),
        layers.layerNormalization({name: 'l'}),
        layers.dense({units: 1, activation: 'sigmoid', name: 'out'}),
      ],
    }),
  );
  model.compile({optimizer: 'sgd', loss: 'binaryCrossentropy'});
  const x = normal([16, 4]);
  const data = {xs: x, ys: labelsOf(x)};
  const values = () => model.weights.map(weight => Array.from(weight.read().dataSync()));
  const weights = values();
  const {numTensors} = tf.memory();
  const seen: number[] = [];
  const {
    all,
    layers: rows,
    note,
  } = await compare(model, data, {
    rounds: 2,
    onProgress: ({done, all}) => void seen.push(done / all!),
  });
  expect(tf.memory().numTensors).toBe(numTensors);
  expect(values()).toEqual(weights);
  expect(seen).toEqual([0.2, 0.4, 0.6, 0.8, 1]);
  expect(note).toBeNull();
  expect(rows.map(({layer, fused}) => [layer, fused])).toEqual([
    ['d', false],
    ['b', true],
    ['drop', false],
    ['l', true],
    ['out', false],
  ]);
  // The values that are computed anew differ, and by rounding only.
  for (const key of ['outputs', 'gradients', 'statistics'] as const) {
    expect(all[key]).toBeGreaterThan(0);
    expect(all[key]).toBeLessThan(1e-5);
  }
  expect(rows[0].outputs).toBe(0);
  expect(rows.map(({gradients}) => gradients != null)).toEqual([true, true, false, true, true]);
  expect(rows.map(({statistics}) => statistics != null)).toEqual([
    false,
    true,
    false,
    false,
    false,
  ]);
  const [, b, , l] = rows;
  expect(l.kernelsFused).toBeLessThan(l.kernels);
  expect(all.kernels - all.kernelsFused).toBe(
    b.kernels - b.kernelsFused + l.kernels - l.kernelsFused,
  );
  expect(all.trainingKernels! / all.trainingKernelsFused!).toBeGreaterThan(1.5);
  expect(Math.min(all.milliseconds, all.millisecondsFused, all.bytes, l.bytes)).toBeGreaterThan(0);
});

test('sees a fault of tfjs, and one that it cannot train', async () => {
  const faulty = tf.sequential({
    layers: [
      layers.batchNormalization({axis: 1, inputShape: [3, 5], name: 'first'}),
      layers.flatten(),
      layers.dense({units: 1}),
    ],
  });
  const {
    all,
    layers: [first],
  } = await compare(fillWeights(faulty), normal([4, 3, 5]), {rounds: 1});
  expect(first.outputs).toBeGreaterThan(0.01);
  expect(all.outputs).toBeGreaterThan(0.01);
  const untrainable = tf.sequential({
    layers: [layers.batchNormalization({scale: false, inputShape: [3]})],
  });
  const {numTensors} = tf.memory();
  const report = await compare(untrainable, normal([4, 3]), {rounds: 1});
  expect(report.note).toMatch(/^There are no gradients: /);
  expect([report.all.gradients, report.all.statistics]).toEqual([null, null]);
  expect(tf.memory().numTensors).toBe(numTensors + 1);
});

test('reaches models of every structure', async () => {
  for (const {model: make, x, norms} of Object.values(MODELS)) {
    const {rows, all} = await compare(fillWeights(make()), x(), {rounds: 1});
    expect(
      rows
        .filter(({fused, layer}) => fused && layer !== 'all')
        .map(({layer}) => layer)
        .sort(),
    ).toEqual([...norms].sort());
    expect(all.outputs).toBeLessThan(2e-5);
  }
});

test('compares on ours with nothing to fuse, and checks what it is given', async () => {
  const model = tf.sequential({layers: [tfn.layers.layerNormalization({inputShape: [4]})]});
  const {all} = await compare(model, normal([2, 4]), {rounds: 1});
  expect([all.fused, all.outputs, all.gradients]).toEqual([false, 0, 0]);
  await expect(compare(model, normal([2, 5]))).rejects.toThrow(
    'must have the shape [?, 4], but has [2, 5].',
  );
  await expect(compare(model, normal([2, 4]), {rounds: 0})).rejects.toThrow(
    'rounds must be a positive integer',
  );
});
