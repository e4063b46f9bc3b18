/** The playground compares a norm with these: its formula in float64 and in tf ops. */
import * as tf from '@tensorflow/tfjs';
import type {NormalizeAttrs} from '../../src/kernels/contract.js';
import {attrsOf, type Norm} from '../norms.js';
import type {Reference} from '../special_norms.js';
import {groupsOf, type Layout} from './cube.js';
import {exact} from './exact.js';
import type {Data} from './rivals.js';

/** For most norms it follows from the attributes that the op hands to its kernel. */
export function referenceOf(norm: Norm, data: Data, layout: Layout): Reference {
  if (norm.special != null) return norm.special;
  const attrs = attrsOf(() => norm.call(data));
  return {
    ...groupsOf(attrs.view, layout),
    exact: ({x, gamma, beta, dy}) => exact(attrs, x, gamma, beta, dy),
    composed: (x, _, gamma, beta) => composed(attrs, x, gamma, beta),
  };
}

/** The same view in tf ops: its axes are the tensor's. */
function composed(
  {view, statistic, epsilon}: NormalizeAttrs,
  x: tf.Tensor,
  gamma?: tf.Tensor,
  beta?: tf.Tensor,
) {
  const reduced = view.flatMap(({reduced}, i) => (reduced ? [i] : []));
  const features = view.map(({size, param}) => (param ? size : 1));
  const seen = tf.reshape(
    x,
    view.map(({size}) => size),
  );
  const d = statistic.center ? tf.sub(seen, tf.mean(seen, reduced, true)) : seen;
  const powers = statistic.power === 2 ? tf.square(d) : tf.abs(d);
  const spread = statistic.average ? tf.mean(powers, reduced, true) : tf.sum(powers, reduced, true);
  const root = statistic.power === 2 ? tf.sqrt(spread) : spread;
  let y = statistic.average
    ? tf.mul(d, tf.rsqrt(tf.add(spread, epsilon)))
    : tf.div(d, tf.maximum(root, epsilon));
  if (gamma != null) y = tf.mul(y, tf.reshape(gamma, features));
  if (beta != null) y = tf.add(y, tf.reshape(beta, features));
  return tf.reshape(y, x.shape);
}
