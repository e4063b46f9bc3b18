import * as tf from '@tensorflow/tfjs';
import {expectClose} from '../close.js';
import {gradients, type Kind, normal, run, SOURCES, twins} from './helpers.js';

// Both round to float32 in another order, a few units in the last place of each sum.
const VALUE = 2e-6;
const GRADIENT = 1e-5;
// Tens of float32 ops one after another, each of which rounds.
const SECOND_ORDER = 1e-4;

type Case = {kind: Kind; args: object; shape: number[]};

const named = (cases: Case[]) =>
  cases.map(c => ({...c, name: `${c.kind} ${JSON.stringify(c.args)} of [${c.shape.join(', ')}]`}));

const batchNorms = named([
  {kind: 'batchNormalization', args: {}, shape: [6, 5]},
  {kind: 'batchNormalization', args: {axis: 1}, shape: [6, 5]},
  {kind: 'batchNormalization', args: {momentum: 0.7, epsilon: 1e-5}, shape: [4, 7, 3]},
  {kind: 'batchNormalization', args: {axis: 3}, shape: [2, 5, 3, 4]},
]);
const layerNorms = named([
  {kind: 'layerNormalization', args: {}, shape: [6, 5]},
  {kind: 'layerNormalization', args: {epsilon: 1e-5}, shape: [2, 3, 7]},
  {kind: 'layerNormalization', args: {axis: 1}, shape: [4, 7, 3]},
  {kind: 'layerNormalization', args: {axis: [1, 2]}, shape: [4, 7, 3]},
  {kind: 'layerNormalization', args: {axis: [1, 3]}, shape: [2, 5, 3, 4]},
  {kind: 'layerNormalization', args: {axis: [-3, -2, -1]}, shape: [2, 5, 3, 4]},
]);

describe.each([...batchNorms, ...layerNorms])('$name', ({kind, args, shape}) => {
  test.each([false, true])('has the same output with training %s', training => {
    const {tfjs, ours} = twins(kind, args, shape);
    const x = normal(shape, 1, 2, 3);
    const y = run(ours, x, training);
    expect(y.shape).toEqual(shape);
    expectClose(y, run(tfjs, x, training), VALUE);
  });

  test.each([false, true])('has the same gradients with training %s', training => {
    const {tfjs, ours} = twins(kind, args, shape);
    const [x, dy] = [normal(shape, 1, 2, 3), normal(shape, 2)];
    const expected = gradients(tfjs, x, dy, training);
    const found = gradients(ours, x, dy, training);
    expect(found.map(g => g.shape)).toEqual([shape, ...ours.trainableWeights.map(w => w.shape)]);
    found.forEach((gradient, i) => {
      expectClose(gradient, expected[i], GRADIENT);
    });
  });

  test('has the same second-order gradient, as of a gradient penalty', () => {
    const layers = twins(kind, args, shape);
    const [x, dy] = [normal(shape, 1, 2, 3), normal(shape, 2)];
    const [expected, found] = SOURCES.map(source => {
      const dx = tf.grad(x => run(layers[source], x, true));
      return tf.grad(x => tf.sum(tf.square(dx(x, dy))))(x);
    });
    expectClose(found, expected, SECOND_ORDER);
  });

  test('has weights of the same names, shapes and order', () => {
    const {tfjs, ours} = twins(kind, args, shape);
    const described = (layer: tf.layers.Layer) =>
      layer.weights.map(({originalName, shape, trainable}) => ({
        name: originalName.replace(layer.name, ''),
        shape,
        trainable,
      }));
    expect(described(ours)).toEqual(described(tfjs));
    expect(ours.getWeights().map(w => w.shape)).toEqual(tfjs.getWeights().map(w => w.shape));
  });
});

test.each(batchNorms)('the moving statistics of $name are the same', ({kind, args, shape}) => {
  const {tfjs, ours} = twins(kind, args, shape);
  for (let step = 0; step < 5; step++) {
    const x = normal(shape, step, step, 3);
    run(tfjs, x, true);
    run(ours, x, true);
  }
  const expected = tfjs.getWeights();
  ours.getWeights().forEach((weight, i) => {
    expectClose(weight, expected[i], VALUE);
  });
});

test('nothing moves in inference', () => {
  const {tfjs, ours} = twins('batchNormalization', {}, [6, 5]);
  for (const layer of [tfjs, ours]) {
    const before = layer.getWeights().map(weight => weight.dataSync());
    run(layer, normal([6, 5], 1));
    expect(layer.getWeights().map(weight => weight.dataSync())).toEqual(before);
  }
});
