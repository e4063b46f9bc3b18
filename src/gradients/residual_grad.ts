/** The gradients of `sum = alpha * residual + gate * x`. */
import * as tf from '@tensorflow/tfjs-core';
import {axesWithout, shaped, viewed} from '../reference_affine.js';
import {sum} from '../sum.js';
import type {NormView} from '../view.js';

/**
 * `dresidual = alpha * dsum`, `dx = gate * dsum` and `dgate = sum(dsum * x)`, over all elements that share a gate.
 */
export function residualGrads(
  dsum: tf.Tensor,
  x: tf.Tensor,
  gate: tf.Tensor | undefined,
  alpha: number,
  view: NormView,
): Record<'x' | 'residual' | 'gate', () => tf.Tensor> {
  const $dsum = () => viewed(dsum, view);
  return {
    // A tensor of its own, as tfjs disposes of a gradient that it adds another to. tf.clone copies the values on wasm.
    residual: () => (alpha === 1 ? tf.reshape(dsum, dsum.shape) : tf.mul(dsum, alpha)),
    x: () =>
      gate == null ? dsum : tf.reshape(tf.mul($dsum(), shaped(gate, view, 'gate')), dsum.shape),
    gate: () =>
      tf.reshape(sum(tf.mul($dsum(), viewed(x, view)), axesWithout(view, 'gate')), gate!.shape),
  };
}
