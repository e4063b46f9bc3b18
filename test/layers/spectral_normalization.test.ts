import * as tf from '@tensorflow/tfjs';
import * as tfn from '../../src/index.js';
import {BACKENDS} from '../backends.js';
import {expectClose} from '../close.js';
import {random} from '../random.js';

const VALUE = 2e-6;
const GRADIENT = 1e-5;

const data = (shape: number[], seed = 1) =>
  tf.tensor(random(tf.util.sizeFromShape(shape), seed, 0, 1), shape);
const linear = (units: number) => tf.layers.dense({units, useBias: false});

/** `q1 * diag(sigmas) * q2` for orthogonal q1 and q2. */
function withSingularValues(sigmas: number[], rows: number): tf.Tensor2D {
  const columns = sigmas.length;
  const [q1] = tf.linalg.qr(data([rows, columns], 3));
  const [q2] = tf.linalg.qr(data([columns, columns], 4));
  return tf.matMul(tf.mul(q1, sigmas), q2 as tf.Tensor2D);
}

describe.each(BACKENDS)('on %s', backend => {
  beforeAll(async () => {
    await tf.setBackend(backend);
    // On wasm the engine's own check finds a leak in tfjs's layers, where there is none.
    tf.env().set('IS_TEST', backend !== 'wasm');
  });

  test.each([false, true])('divides by the largest singular value: reparametrize %p', mode => {
    const layer = tfn.layers.spectralNormalization({
      layer: linear(3),
      powerIterations: 60,
      reparametrize: mode,
    });
    layer.build([null, 5]);
    const kernel = withSingularValues([4, 2, 0.5], 5);
    layer.setWeights([kernel, data([1, 3])]);
    const x = data([4, 5], 2);
    const expected = tf.div(tf.matMul(x as tf.Tensor2D, kernel), 4);
    // Of the power method, (2 / 4) ** 120 is left.
    expectClose(layer.apply(x, {training: true}) as tf.Tensor, expected, 2 * VALUE);
    expectClose(layer.apply(x) as tf.Tensor, expected, 2 * VALUE);
    expectClose(layer.getWeights()[0], mode ? kernel : tf.div(kernel, 4), 2 * VALUE);
    expectClose(tf.norm(layer.getWeights()[1]), [1], VALUE);
  });

  test('reparametrized, has the gradient through sigma', () => {
    const layer = tfn.layers.spectralNormalization({layer: linear(3), reparametrize: true});
    layer.build([null, 5]);
    const [kernel, x, dy] = [data([5, 3]), data([4, 5], 2), data([4, 3], 3)] as tf.Tensor2D[];
    layer.setWeights([kernel, data([1, 3], 4)]);
    const variable = layer.trainableWeights[0].read() as tf.Variable;
    const {grads} = tf.variableGrads(
      () => tf.sum(tf.mul(layer.apply(x, {training: true}) as tf.Tensor, dy)),
      [variable],
    );
    // d(W / sigma) with u and v constant: dW / sigma - (dW . W) v u / sigma ** 2.
    const u = layer.getWeights()[1] as tf.Tensor2D;
    const start = data([1, 3], 4) as tf.Tensor2D;
    const towards = tf.matMul(start, kernel, false, true);
    const v = tf.div(towards, tf.norm(towards));
    const sigma = tf.sum(tf.mul(tf.matMul(v as tf.Tensor2D, kernel), u));
    const dw = tf.matMul(x, dy, true);
    const along = tf.div(tf.sum(tf.mul(dw, kernel)), tf.square(sigma));
    const through = tf.mul(along, tf.matMul(v as tf.Tensor2D, u, true));
    expectClose(grads[variable.name], tf.sub(tf.div(dw, sigma), through), GRADIENT);
  });

  test('has gradients of second order, for gradient penalties', () => {
    const layer = tfn.layers.spectralNormalization({
      layer: tf.layers.dense({units: 1, activation: 'tanh', useBias: false}),
      reparametrize: true,
    });
    const x = data([4, 3]) as tf.Tensor2D;
    layer.apply(x);
    const kernel = layer.getWeights()[0].clone() as tf.Tensor2D;
    // One column: sigma is its length, which one step finds.
    const penaltyOf = (f: (x: tf.Tensor2D) => tf.Tensor) => (x: tf.Tensor) =>
      tf.sum(tf.square(tf.grad(x => f(x as tf.Tensor2D))(x)));
    const unit = tf.div(kernel, tf.norm(kernel)) as tf.Tensor2D;
    // Not tf.tanh, which has no second derivative (tensorflow/tfjs#3252).
    const found = tf.grad(x => tf.sum(layer.apply(x, {training: true}) as tf.Tensor))(x);
    const slope = tf.sub(1, tf.square(tf.tanh(tf.matMul(x, unit))));
    expectClose(found, tf.matMul(slope as tf.Tensor2D, unit, false, true), GRADIENT);
    const squared = tfn.layers.spectralNormalization({layer: linear(2), reparametrize: true});
    squared.apply(x);
    const w = squared.getWeights()[0].clone() as tf.Tensor2D;
    const u = squared.getWeights()[1].clone() as tf.Tensor2D;
    const v = tf.matMul(u, w, false, true);
    const sigma = tf.div(tf.sum(tf.square(v)), tf.mul(tf.norm(v), tf.norm(u)));
    const cube = (y: tf.Tensor) => tf.pow(y, 3);
    const expected = penaltyOf(x => cube(tf.div(tf.matMul(x, w), sigma)));
    const layerPenalty = penaltyOf(x => cube(squared.apply(x) as tf.Tensor));
    expectClose(tf.grad(layerPenalty)(x), tf.grad(expected)(x), GRADIENT);
  });

  test.each([false, true])('leaves a kernel of zeros: reparametrize %p', reparametrize => {
    const layer = tfn.layers.spectralNormalization({
      layer: tf.layers.dense({units: 3, kernelInitializer: 'zeros'}),
      reparametrize,
    });
    layer.build([null, 2]);
    const before = layer.getWeights().map(w => w.dataSync());
    const y = layer.apply(tf.ones([4, 2]), {training: true}) as tf.Tensor;
    expect(y.dataSync()).toEqual(new Float32Array(12));
    expect(layer.getWeights().map(w => w.dataSync())).toEqual(before);
  });
});

test.each([false, true])(
  'a call that fails leaves the weights: reparametrize %p',
  reparametrize => {
    const layer = tfn.layers.spectralNormalization({layer: linear(3), reparametrize});
    layer.build([null, 5]);
    const weights = () => layer.getWeights().map(w => Array.from(w.dataSync()));
    const before = weights();
    const wrong = data([2, 7]);
    const {numTensors} = tf.memory();
    expect(() => tf.tidy(() => layer.call(wrong, {training: true}))).toThrow();
    expect(weights()).toEqual(before);
    expect(tf.memory().numTensors).toBe(numTensors);
  },
);

test("goes on in training when it is frozen, as Keras's does", () => {
  const layer = tfn.layers.spectralNormalization({layer: linear(3), trainable: false});
  const x = data([4, 5]);
  layer.apply(x);
  const before = layer.getWeights().map(w => w.dataSync());
  layer.apply(x, {training: true});
  layer.getWeights().forEach((w, i) => expect(w.dataSync()).not.toEqual(before[i]));
});

test('takes the cell of a recurrent layer, but no recurrent layer, as in Keras', () => {
  const cell = tf.layers.simpleRNNCell({units: 3}) as tf.layers.Layer;
  const layer = tfn.layers.spectralNormalization({layer: cell, powerIterations: 60});
  layer.build([null, 2]);
  const names = layer.weights.map(({originalName}) => originalName.split('/').pop());
  expect(names).toEqual(['kernel', 'vector_u', 'recurrent_kernel', 'bias']);
  layer.call([data([4, 2]), data([4, 3])], {training: true});
  const [kernel] = layer.getWeights();
  // The larger root of the 2 x 2 Gram matrix is the square of the largest singular value.
  const [[a, b], [, d]] = tf.matMul(kernel, kernel, false, true).arraySync() as number[][];
  expect((a + d) / 2 + Math.hypot((a - d) / 2, b)).toBeCloseTo(1, 5);

  const recurrent = tfn.layers.spectralNormalization({layer: tf.layers.lstm({units: 2})});
  expect(() => recurrent.apply(data([3, 4, 2]))).toThrow('layer must have one of kernel');
});
