import * as tf from '@tensorflow/tfjs';

/** As those tests compare, absolutely; what is beyond 1 they mean by its leading digits. */
export function expectNear(actual: tf.Tensor, expected: tf.TensorLike, tolerance: number): void {
  const wanted = tf.tensor(expected as number[]);
  expect(actual.shape).toEqual(wanted.shape);
  const scale = Math.max(1, tf.max(tf.abs(wanted)).dataSync()[0]);
  expect(tf.max(tf.abs(tf.sub(actual, wanted))).dataSync()[0]).toBeLessThanOrEqual(
    tolerance * scale,
  );
}
