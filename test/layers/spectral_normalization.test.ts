/** Its power iteration, and what Keras's layer lacks; golden.test.ts compares with Keras. */
import * as tf from '@tensorflow/tfjs';
import * as tfn from '../../src/index.js';
import {BACKENDS} from '../backends.js';
import {expectClose} from '../close.js';
import {namesOf, normal, valuesOf} from '../models.js';

const VALUE = 2e-6;
const GRADIENT = 1e-5;

const data = (shape: number[], seed = 1) => normal(shape, seed, 0, 1) as tf.Tensor2D;
const make = (units: number, args: object = {}) =>
  tfn.layers.spectralNormalization({layer: tf.layers.dense({units, useBias: false}), ...args});

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
    const layer = make(3, {powerIterations: 60, reparametrize: mode});
    layer.build([null, 5]);
    const kernel = withSingularValues([4, 2, 0.5], 5);
    layer.setWeights([kernel, data([1, 3])]);
    const x = data([4, 5], 2);
    const expected = tf.div(tf.matMul(x, kernel), 4);
    // The power method leaves (2 / 4) ** 120.
    expectClose(layer.apply(x, {training: true}) as tf.Tensor, expected, 2 * VALUE);
    expectClose(layer.apply(x) as tf.Tensor, expected, 2 * VALUE);
    expectClose(layer.getWeights()[0], mode ? kernel : tf.div(kernel, 4), 2 * VALUE);
    expectClose(tf.norm(layer.getWeights()[1]), [1], VALUE);
  });

  test('reparametrized, has the gradient through sigma, and that of second order', () => {
    const layer = make(3, {reparametrize: true});
    layer.build([null, 5]);
    const [kernel, x, start] = [data([5, 3]), data([4, 5], 2), data([1, 3], 4)];
    layer.setWeights([kernel, start]);
    const cube = (y: tf.Tensor) => tf.sum(tf.pow(y, 3)) as tf.Scalar;
    const {grads} = tf.variableGrads(() => cube(layer.apply(x, {training: true}) as tf.Tensor));
    // u and v are constants of the gradient, after the one step that trains them.
    const unit = (t: tf.Tensor) => tf.div(t, tf.norm(t)) as tf.Tensor2D;
    const v = unit(tf.matMul(start, kernel, false, true));
    const u = layer.getWeights()[1].clone() as tf.Tensor2D;
    expectClose(u, unit(tf.matMul(v, kernel)), VALUE);
    const normalized = (w: tf.Tensor2D) =>
      tf.div(w, tf.sum(tf.mul(tf.matMul(v, w), u))) as tf.Tensor2D;
    const ofKernel = tf.grad((w: tf.Tensor) => cube(tf.matMul(x, normalized(w as tf.Tensor2D))))(
      kernel,
    );
    expectClose(Object.values(grads)[0], ofKernel, GRADIENT);

    const penalty = (f: (x: tf.Tensor) => tf.Tensor) =>
      tf.grad(x => tf.sum(tf.square(tf.grad(x => cube(f(x)))(x))))(x);
    // In inference, v is that of the trained u.
    const inferred = unit(tf.matMul(u, kernel, false, true));
    const sigma = tf.sum(tf.mul(tf.matMul(inferred, kernel), u));
    const expected = penalty(x => tf.matMul(x as tf.Tensor2D, tf.div(kernel, sigma)));
    expectClose(
      penalty(x => layer.apply(x) as tf.Tensor),
      expected,
      GRADIENT,
    );
  });

  test.each([false, true])('leaves a kernel of zeros: reparametrize %p', reparametrize => {
    const layer = tfn.layers.spectralNormalization({
      layer: tf.layers.dense({units: 3, kernelInitializer: 'zeros'}),
      reparametrize,
    });
    layer.build([null, 2]);
    const before = valuesOf(layer);
    const y = layer.apply(tf.ones([4, 2]), {training: true}) as tf.Tensor;
    expect(y.dataSync()).toEqual(new Float32Array(12));
    expect(valuesOf(layer)).toEqual(before);
  });
});

test("goes on in training when it is frozen, as Keras's does", () => {
  const layer = make(3, {trainable: false});
  const x = data([4, 5]);
  layer.apply(x);
  const before = valuesOf(layer);
  layer.apply(x, {training: true});
  valuesOf(layer).forEach((values, i) => expect(values).not.toEqual(before[i]));
});

test('takes the cell of a recurrent layer', () => {
  // Singular values that lie apart: the power method is slow where they are close.
  const kernelInitializer = tf.initializers.glorotUniform({seed: 2});
  const cell = tf.layers.simpleRNNCell({units: 3, kernelInitializer}) as tf.layers.Layer;
  const layer = tfn.layers.spectralNormalization({layer: cell, powerIterations: 60});
  layer.build([null, 2]);
  expect(namesOf(layer.weights)).toEqual(['kernel', 'vector_u', 'recurrent_kernel', 'bias']);
  layer.call([data([4, 2]), data([4, 3])], {training: true});
  const [kernel] = layer.getWeights();
  // The larger root of the 2 x 2 Gram matrix is the square of the largest singular value.
  const [[a, b], [, d]] = tf.matMul(kernel, kernel, false, true).arraySync() as number[][];
  expect((a + d) / 2 + Math.hypot((a - d) / 2, b)).toBeCloseTo(1, 5);
});
