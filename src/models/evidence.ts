/** The evidence that one call of a layer gives, and the part of it that is kept. */
import * as tf from '@tensorflow/tfjs-core';
import {type Moments, RunningMoments} from '../layers/running_moments.js';
import {isAnyBatchNorm} from './batch_norm_layers.js';
import type {Layer} from './graph.js';
import {epsilonOf, groupVariances} from './norm_layers.js';

/** The evidence about a norm layer. */
export class Evidence {
  /** The moments of its inputs: of batch normalization, for each feature. */
  readonly moments = new RunningMoments();
  /** The most values of a feature that a call had. */
  mostValues = 0;
  /** The largest absolute value of its inputs. */
  largest = 0;
  /** The largest output of each feature, over all calls. */
  highest: Float64Array | null = null;
  /** How many groups it normalized, and of them those that are constant, and those that epsilon outweighs. */
  groups = {all: 0, constant: 0, dominated: 0};
  /** Whether a relu takes its outputs. */
  beforeRelu = false;
  /** The layer whose outputs it takes; null if these are the model's inputs. */
  source: Layer | null = null;
  /** Whether a training step moves the statistics; null if that was not tried. */
  moves: boolean | null = null;
}

/** A variance below this share of epsilon leaves the outputs with less than half a deviation. */
export const DOMINATED = 1 / 4;

/** Tensors to read, and what is done with their values. */
export type Reading = {tensors: tf.Tensor[]; read: (values: Array<Float32Array>) => void};

export const isRelu = (layer: Layer): boolean => {
  const {activation} = layer as {activation?: {getClassName?: () => string}};
  return (
    layer.getClassName() === 'ReLU' ||
    (layer.getClassName() === 'Activation' && /^relu6?$/.test(activation?.getClassName?.() ?? ''))
  );
};

/** [2]: how many values are not finite, and how many of these are NaN. */
export const notFinite = (tensors: tf.Tensor[]): tf.Tensor =>
  tf.tidy(() => {
    const sums = tensors
      .filter(({dtype}) => dtype === 'float32')
      .map(x => tf.stack([count(tf.logicalNot(tf.isFinite(x))), count(tf.isNaN(x))]));
    return sums.length === 0 ? tf.zeros([2]) : tf.addN(sums);
  });

const count = (flags: tf.Tensor): tf.Tensor => tf.sum(tf.cast(flags, 'float32'));

/** The values that are read of a call of a norm layer. */
export function readingOf(layer: Layer, evidence: Evidence, x: tf.Tensor, y: tf.Tensor): Reading {
  const isBatch = isAnyBatchNorm(layer);
  const tensors = tf.tidy(() => {
    const largest = tf.max(tf.abs(x));
    if (isBatch) {
      const kept = [layer.axis].flat().map(axis => (axis < 0 ? axis + y.rank : axis));
      const others = y.shape.map((_, i) => i).filter(i => !kept.includes(i));
      return [largest, tf.max(y, others)].map(tensor => tf.keep(tensor));
    }
    const variances = groupVariances(layer, tf.cast(x, 'float32'));
    if (variances == null) return [tf.keep(largest)];
    const constant = tf.equal(variances, 0);
    const small = tf.less(variances, epsilonOf(layer) * DOMINATED);
    const dominated = tf.logicalAnd(small, tf.logicalNot(constant));
    const groups = tf.stack([tf.scalar(variances.size), count(constant), count(dominated)]);
    return [largest, groups].map(tensor => tf.keep(tensor));
  });
  return {
    tensors,
    read: ([[largest], values]) => {
      // Not NaN, which is reported by itself.
      if (largest > evidence.largest) evidence.largest = largest;
      if (values == null) return;
      if (isBatch) {
        evidence.highest = Float64Array.from(values, (value, i) =>
          Math.max(value, evidence.highest?.[i] ?? -Infinity),
        );
      } else {
        const {groups} = evidence;
        groups.all += values[0];
        groups.constant += values[1];
        groups.dominated += values[2];
      }
    },
  };
}

export function addMoments(evidence: Evidence, {count, mean, variance}: Moments): void {
  evidence.mostValues = Math.max(evidence.mostValues, count);
  const isFinite = Array.from(mean).every((m, i) => Number.isFinite(m + variance[i]));
  if (count > 0 && isFinite) evidence.moments.merge({count, mean, variance});
}
