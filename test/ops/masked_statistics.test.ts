/** An element that a mask leaves out of the statistics might as well not be there. */
import * as tf from '@tensorflow/tfjs';
import * as tfn from '../../src/index.js';
import {BACKENDS} from '../backends.js';
import {expectClose} from '../close.js';
import {normal} from '../models.js';

// The same sums in another order, in float32; Keras's 1e-7 beside the count is below that.
const VALUE = 2e-6;
const GRADIENT = 1e-5;

const gamma = [1, 2, -1, 0.5];
const beta = [0, 1, 2, 3];
type Op = (x: tf.Tensor, mask?: tf.Tensor | null) => tf.Tensor;

/** Each with the axis of its input along which the padding lies. */
const OPS: Record<string, {op: Op; axis: number}> = {
  batchNorm: {op: (x, mask) => tfn.batchNorm(x, {mask, gamma, beta}).y, axis: 1},
  'batchNorm, channels first': {
    op: (x, mask) => tfn.batchNorm(x, {mask, axis: 1, gamma, beta}).y,
    axis: 2,
  },
  groupNorm: {op: (x, mask) => tfn.groupNorm(x, {mask, groups: 2, gamma, beta}), axis: 1},
  'groupNorm, channels first': {
    op: (x, mask) => tfn.groupNorm(x, {mask, groups: 2, axis: 1, gamma, beta}),
    axis: 2,
  },
  instanceNorm: {op: (x, mask) => tfn.instanceNorm(x, {mask, gamma, beta}), axis: 1},
};

describe.each(BACKENDS)('on %s', backend => {
  beforeAll(() => tf.setBackend(backend));

  describe.each(Object.entries(OPS))('%s', (_, {op, axis}) => {
    const sizes = (length: number) => (axis === 1 ? [3, length, 4] : [3, 4, length]);
    const unpad = (t: tf.Tensor) => tf.slice(t, [0, 0, 0], sizes(5));
    let kept: tf.Tensor;
    let padded: tf.Tensor;
    let mask: tf.Tensor;

    beforeAll(() => {
      kept = normal(sizes(5), 1);
      padded = tf.concat([kept, tf.mul(100, normal(sizes(2), 2))], axis);
      mask = tf.tensor([1, 1, 1, 1, 1, 0, 0], axis === 1 ? [1, 7] : [1, 1, 7]);
    });

    test('has the value and gradients of what is not masked', () => {
      expectClose(unpad(op(padded, mask)), op(kept), VALUE);
      const v = normal(sizes(5), 3);
      const loss = (y: tf.Tensor) => tf.sum(tf.mul(tf.square(unpad(y)), v));
      const ofPadded = (x: tf.Tensor) => tf.grad(x => loss(op(x, mask)))(x);
      const ofKept = (x: tf.Tensor) => tf.grad(x => loss(op(x)))(x);
      const gradient = ofPadded(padded);
      expectClose(unpad(gradient), ofKept(kept), GRADIENT);
      // The padding has no part in the loss: not a bit of gradient.
      const ofPadding = tf.slice(gradient, axis === 1 ? [0, 5, 0] : [0, 0, 5]);
      expect(ofPadding.shape).toEqual(sizes(2));
      expect(ofPadding.dataSync().every(value => value === 0)).toBe(true);
      const second = (of: typeof ofKept, x: tf.Tensor) =>
        unpad(tf.grad(x => tf.sum(tf.mul(unpad(of(x)), v)))(x));
      expectClose(second(ofPadded, padded), second(ofKept, kept), GRADIENT);
    });

    test('may have a mask of ones, or of zeros, or padding that is not a number', () => {
      expectClose(op(padded, tf.onesLike(padded)), op(padded), VALUE);
      expect(
        op(kept, tf.zeros([1]))
          .dataSync()
          .every(Number.isFinite),
      ).toBe(true);
      const poisoned = tf.concat([kept, tf.fill(sizes(2), NaN)], axis);
      expectClose(unpad(op(poisoned, mask)), op(kept), VALUE);
    });
  });

  test('batchNorm returns the statistics of what is not masked', () => {
    const x = normal([4, 3], 4);
    const {mean, variance} = tfn.batchNorm(x, {mask: [true, false, true, true]});
    const expected = tf.moments(tf.gather(x, [0, 2, 3]), 0);
    expectClose(mean, expected.mean, VALUE);
    expectClose(variance, expected.variance, VALUE);
  });

  test("batchNorm's mask is on or off, groupNorm's weighs", () => {
    const x = normal([2, 3, 4], 5);
    const mask = [[2, 1, 0]];
    const twice = tf.concat([tf.slice(x, [0, 0, 0], [2, 1, 4]), x], 1);
    const on = tf.slice(tfn.batchNorm(x, {mask}).y, [0, 0, 0], [2, 2, 4]);
    expectClose(on, tfn.batchNorm(tf.slice(x, [0, 0, 0], [2, 2, 4])).y, VALUE);
    const weighed = tfn.groupNorm(x, {mask, groups: 2});
    const counted = tfn.groupNorm(twice, {mask: [[1, 1, 1, 0]], groups: 2});
    expectClose(weighed, tf.slice(counted, [0, 1, 0], [2, 3, 4]), VALUE);
  });
});
