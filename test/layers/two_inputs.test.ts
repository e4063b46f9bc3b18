/** The layers of two inputs: what they compute, and models with them. */
import * as tf from '@tensorflow/tfjs';
import * as tfn from '../../src/index.js';
import {expectClose} from '../close.js';
import {namesOf, normal, saveAndLoad, valuesOf} from '../models.js';
import {expectNoLeak} from '../no_leak.js';

type Norm = (x: tf.Tensor, affine: tfn.AffineConfig) => tf.Tensor;

const NORMS: Record<tfn.AdaptiveNorm, {args?: object; op: Norm}> = {
  layer: {op: (x, affine) => tfn.layerNorm(x, {epsilon: 1e-6, ...affine})},
  rms: {op: (x, affine) => tfn.rmsNorm(x, affine)},
  group: {
    args: {groups: 2},
    op: (x, affine) => tfn.groupNorm(x, {groups: 2, epsilon: 1e-6, ...affine}),
  },
  instance: {op: (x, affine) => tfn.instanceNorm(x, {epsilon: 1e-6, ...affine})},
  batch: {op: (x, affine) => tfn.batchNorm(x, {epsilon: 1e-6, ...affine}).y},
};

const [x, condition] = [normal([6, 5, 4]), normal([6, 3], 2)];
const call = (layer: tf.layers.Layer, inputs: tf.Tensor[], training = true) =>
  [layer.apply(inputs, {training}) as tf.Tensor | tf.Tensor[]].flat();

describe.each(Object.entries(NORMS))('adaptive %s norm', (norm, {args, op}) => {
  const make = (more: object = {}) =>
    tfn.layers.adaptiveNormalization({norm: norm as tfn.AdaptiveNorm, ...args, ...more});

  test('is the norm alone at first, with a gate of 0', () => {
    const [y, gate] = call(make({gate: true}), [x, condition]);
    expectClose(y, op(x, {}), 1e-5);
    expect(gate.shape).toEqual([6, 1, 4]);
    expectClose(gate, new Float32Array(24), 0, 1);
  });

  test('shifts, scales and gates by the dense layer', () => {
    const layer = make({gate: true});
    layer.build([x.shape, condition.shape]);
    const weights = layer.trainableWeights.map((w, i) => normal(w.shape as number[], i, 0, 1));
    layer.setWeights([...weights, ...layer.getWeights().slice(2)]);
    const dense = tf.add(
      tf.matMul(condition as tf.Tensor2D, weights[0] as tf.Tensor2D),
      weights[1],
    );
    const [beta, gamma, gate] = tf.split(tf.reshape(dense, [6, 1, 12]), 3, -1);
    const found = call(layer, [x, condition]);
    expectClose(found[0], tf.add(tf.mul(op(x, {}), tf.add(gamma, 1)), beta), 1e-5);
    expectClose(found[1], gate, 1e-6);
  });

  test('trains in a model, which saves and loads', async () => {
    const inputs = [tf.input({shape: [5, 4]}), tf.input({shape: [3]})];
    const [y, gate] = make({gate: true, kernelInitializer: 'glorotNormal'}).apply(
      inputs,
    ) as tf.SymbolicTensor[];
    expect(gate.shape).toEqual([null, 1, 4]);
    const outputs = tf.layers.flatten().apply(y) as tf.SymbolicTensor;
    const model = tf.model({inputs, outputs: [outputs, gate]});
    model.compile({optimizer: tf.train.sgd(0.01), loss: 'meanSquaredError'});
    const before = valuesOf(model.layers[2]);
    const targets = [tf.zeros([6, 20]), tf.ones([6, 1, 4])];
    await model.trainOnBatch([x, condition], targets);
    valuesOf(model.layers[2]).forEach((values, i) => expect(values).not.toEqual(before[i]));
    const [loaded, own] = [await saveAndLoad(model), model].map(
      each => (each.predict([x, condition]) as tf.Tensor[])[0],
    );
    expectClose(loaded, own, 0);
    expectNoLeak(() => tf.dispose(model.predict([x, condition])));
  });
});

test('adaptive batch norm keeps moving statistics, which inference uses', () => {
  const layer = tfn.layers.adaptiveNormalization({norm: 'batch', momentum: 0});
  call(layer, [x, condition]);
  expect(namesOf(layer.nonTrainableWeights)).toEqual(['moving_mean', 'moving_variance']);
  const {y, mean} = tfn.batchNorm(x, {epsilon: 1e-6});
  expectClose(layer.getWeights()[2], mean, 1e-5);
  expectClose(call(layer, [x, condition], false)[0], y, 1e-5);
  layer.trainable = false;
  call(layer, [tf.add(x, 5), condition]);
  expectClose(layer.getWeights()[2], mean, 1e-5);
});

test.each(['group', 'instance', 'batch'] as const)(
  'adaptive %s norm leaves out what a mask hides, also when it is called by itself',
  norm => {
    const {args, op} = NORMS[norm];
    const mask = tf.tensor([1, 1, 1, 0, 0], [1, 5]);
    const layer = tfn.layers.adaptiveNormalization({norm, ...args});
    const kept = (t: tf.Tensor) => tf.slice(t, [0, 0, 0], [6, 3, 4]);
    const y = layer.apply([x, condition], {mask, training: true}) as tf.Tensor;
    expectClose(kept(y), op(kept(x), {}), 1e-5);
  },
);

test('later inputs must have the sizes for which a layer was built, and may have another rank', () => {
  const layer = tfn.layers.adaptiveNormalization();
  call(layer, [x, condition]);
  expect(call(layer, [tf.ones([6, 4]), condition])[0].shape).toEqual([6, 4]);
  const wrong = [
    [tf.ones([6, 5, 3]), condition],
    [x, tf.ones([6, 4])],
  ];
  for (const inputs of wrong) {
    expect(() => call(layer, inputs)).toThrow(/Input [01] is incompatible with layer adaptive/);
  }
  expect(() => call(layer, [x, tf.ones([1, 3])])).toThrow('as many examples as x, 6, but has 1.');
});

test('adaptive norms take the channels first, and pass the mask of x on', () => {
  const first = tf.transpose(x, [0, 2, 1]);
  const make = (axis: number) =>
    tfn.layers.adaptiveNormalization({norm: 'instance', axis, gate: true});
  const [y, gate] = call(make(1), [first, condition]);
  expectClose(y, tf.transpose(call(make(-1), [x, condition])[0], [0, 2, 1]), 1e-5);
  expect(gate.shape).toEqual([6, 4, 1]);
  const mask = tf.ones([6, 5], 'bool');
  expect(make(-1).computeMask([x, condition], [mask, null as never])).toEqual([mask, null]);
});

test.each([
  ['layer', {}, (sum: tf.Tensor) => tfn.layerNorm(sum), ['gamma', 'beta']],
  [
    'layer',
    {axis: [1, 2], center: false},
    (sum: tf.Tensor) => tfn.layerNorm(sum, {axis: [1, 2]}),
    ['gamma'],
  ],
  ['rms', {alpha: 2}, (sum: tf.Tensor) => tfn.rmsNorm(sum), ['gamma']],
] as const)('addNormalization by %s with %j', async (norm, args, op, names) => {
  const make = () => tfn.layers.addNormalization({norm, ...(args as object)});
  const residual = normal([6, 5, 4], 3);
  const layer = make();
  const [y, sum] = call(layer, [x, residual]);
  const expected = tf.add(x, tf.mul(residual, 'alpha' in args ? args.alpha : 1));
  expectClose(sum, expected, 1e-6);
  expectClose(y, op(expected), 1e-5);
  expect(namesOf(layer.weights)).toEqual(names);
  const inputs = [tf.input({shape: [5, 4]}), tf.input({shape: [5, 4]})];
  const outputs = make().apply(inputs) as tf.SymbolicTensor[];
  const model = tf.model({inputs, outputs});
  const loaded = await saveAndLoad(model);
  expect(loaded.layers[2].getConfig()).toEqual(model.layers[2].getConfig());
  expectClose((loaded.predict([x, residual]) as tf.Tensor[])[0], y, 1e-6);
});
