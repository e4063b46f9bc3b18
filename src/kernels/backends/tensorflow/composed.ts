/** The kernels as TensorFlow's own ops, by the reference. */
import * as tf from '@tensorflow/tfjs-core';
import type {AttrsOf, KernelName, NormalizeAttrs} from '../../contract.js';
import {withDefaults} from '../../defaults.js';
import type {Inputs} from '../../register.js';
import {normalizeGradReference, normalizeReference} from '../../../reference.js';
import {normalizeGivenReference} from '../../../reference_given.js';

/** The infos that tfjs hands to kernels are tensors. Nothing is taped within a kernel. */
type Tensors = Record<string, tf.Tensor>;

/** A kernel composed of TensorFlow's ops; null where float32 does not reach. */
export function runComposed<Name extends KernelName>(
  name: Name,
  inputs: Inputs,
  attrs: AttrsOf[Name],
): tf.Tensor[] | null {
  const outputs = tf.tidy(() =>
    COMPOSED[name](withDefaults(name, inputs as Tensors, attrs), attrs),
  );
  return outputs.length === 0 ? null : outputs;
}

/** These give no outputs at all where squares leave the range of float32. */
const COMPOSED: {
  [Name in KernelName]: (inputs: Tensors, attrs: AttrsOf[Name]) => tf.Tensor[];
} = {
  FusedNormalize: ({x, gamma, beta, movingMean, movingSpread, residual, gate}, attrs) => {
    const moving = movingMean == null ? null : {mean: movingMean, spread: movingSpread};
    const withStats = {...attrs, withStats: true};
    const added = attrs.alpha == null ? null : {residual, gate, alpha: attrs.alpha};
    const all = normalizeReference(x, gamma, beta, withStats, null, moving, added);
    const [y, stats, ...others] = all;
    if (!fitsFloat32(stats, attrs)) return [];
    return [y, ...(attrs.withStats ? [stats] : []), ...others];
  },
  FusedNormalizeGrad: ({dy, x, gamma, beta, stats, dmean, dspread, dsum}, {wanted, ...attrs}) => {
    if (!fitsFloat32(stats, attrs)) return [];
    const dmoments = dmean == null ? null : {dmean, dspread};
    const grads = normalizeGradReference(dy, x, {gamma, beta}, dmoments, attrs, stats);
    return [
      ...(wanted.dx ? [dsum == null ? grads.x() : tf.add(grads.x(), dsum)] : []),
      ...(wanted.dparams ? [grads.gamma(), grads.beta()] : []),
    ];
  },
  FusedNormalizeGiven: (inputs, attrs) => [normalizeGivenReference(inputs, attrs)],
};

/**
 * Whether the powers of each group's elements stay far from the ends of float32, as in native/call.h.
 * A norm of zero may be one of squares that came to nothing.
 */
function fitsFloat32(stats: tf.Tensor, {statistic: {average, power}}: NormalizeAttrs): boolean {
  const values = stats.dataSync();
  for (let g = 0; g < values.length; g += 4) {
    const [spread, rstd] = [values[g + 2], values[g + 3]];
    const isLarge = rstd < 1e-15 && (spread !== 0 || !average);
    if (power === 1 ? spread === Infinity : isLarge || rstd > 1e12) return false;
  }
  return true;
}
