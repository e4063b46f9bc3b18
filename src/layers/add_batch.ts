import * as tf from '@tensorflow/tfjs-core';
import {check, checkMask} from '../check.js';
import {toFloat} from '../ops/arguments.js';
import {showShape} from '../show.js';
import {viewOf} from '../view.js';
import type {RunningMoments} from './running_moments.js';

type Values = tf.Tensor | tf.TensorLike;

/**
 * Adds a batch to the moments of its features.
 *
 * @param mask Where it is 0, values do not count.
 * @param kept The axes of the features.
 */
export async function addBatch(
  layer: string,
  moments: RunningMoments,
  x: tf.Tensor,
  mask: Values | undefined,
  kept: number[],
): Promise<void> {
  const reduced = x.shape.map((_, i) => i).filter(i => !kept.includes(i));
  const counted = mask == null ? null : tf.tidy(() => maskFor(layer, x, mask, kept));
  try {
    moments.add(await x.data(), viewOf(x.shape, reduced, []), await counted?.data());
  } finally {
    counted?.dispose();
  }
  const wrong = moments.mean?.findIndex(value => !Number.isFinite(value)) ?? -1;
  check(
    wrong < 0,
    layer,
    () =>
      `data must be finite, but feature ${wrong} has NaN or an infinite value: leave such ` +
      'examples out, or mask them.',
  );
}

/** The mask in the shape of `x`. */
function maskFor(layer: string, x: tf.Tensor, given: Values, kept: number[]): tf.Tensor {
  checkMask(layer, given, x.shape);
  const mask = toFloat(layer, 'mask', given);
  check(
    kept.every(axis => (mask.shape[axis] ?? 1) === 1),
    layer,
    () => `mask must be the same for all features, but has the shape ${showShape(mask.shape)}.`,
  );
  const shape = x.shape.map((_, i) => mask.shape[i] ?? 1);
  return tf.clone(tf.broadcastTo(tf.reshape(mask, shape), x.shape));
}
