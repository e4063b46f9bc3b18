import * as tf from '@tensorflow/tfjs';
import * as tfn from 'tfjs-normalization';
import {PIXELS} from '../shared/mnist.js';
import {CONDITION} from './flow.js';

/** How a network learns of the class and the time. */
export const LABELS = {
  adaptive: 'adaptive norm',
  input: 'at the input alone',
} as const;

export type Conditioning = keyof typeof LABELS;
export const CONDITIONINGS = Object.keys(LABELS) as Conditioning[];

export interface ModelSettings {
  width: number;
  blocks: number;
  seed: number;
}

type Symbolic = tf.SymbolicTensor;

/**
 * Guesses a digit from a noisy one: residual blocks of two dense layers, normalized before each block.
 *
 *     inputs  the noisy digit  [batch, 784]    the condition  [batch, CONDITION]
 *     output  the digit        [batch, 784]
 *
 * With adaptive norm, as in DiT (arXiv 2212.09748), a dense layer of each block makes the norm's scale and shift of the
 * condition, and a gate for what the block adds. They start from zero, so that each block starts as the identity.
 */
export function buildModel(
  conditioning: Conditioning,
  {width, blocks, seed}: ModelSettings,
): tf.LayersModel {
  // Each layer's seed follows from its position; tfjs takes 0 for no seed.
  let position = 0;
  const kernelInitializer = () => tf.initializers.leCunNormal({seed: 1000 * seed + ++position});
  const dense = (units: number, x: Symbolic, activation?: 'swish') =>
    on(tf.layers.dense({units, activation, kernelInitializer: kernelInitializer()}), x);
  const zeroed = (units: number, x: Symbolic) =>
    on(tf.layers.dense({units, kernelInitializer: 'zeros'}), x);

  const noisy = tf.input({shape: [PIXELS]});
  const given = tf.input({shape: [CONDITION]});
  const condition = dense(width, given, 'swish');
  const isAdaptive = conditioning === 'adaptive';
  /** The normalized values and, where it is adaptive, the gate for what comes of them. */
  const normalize = (x: Symbolic): Symbolic[] =>
    isAdaptive
      ? (tfn.layers.adaptiveNormalization({gate: true}).apply([x, condition]) as Symbolic[])
      : [on(tfn.layers.layerNormalization({epsilon: 1e-6}), x)];

  const embedded = dense(width, noisy);
  let x = isAdaptive ? embedded : on(tf.layers.add(), [embedded, condition]);
  for (let block = 0; block < blocks; block++) {
    const [y, gate] = normalize(x);
    const branch = dense(width, dense(2 * width, y, 'swish'));
    x = on(tf.layers.add(), [x, isAdaptive ? on(tf.layers.multiply(), [branch, gate]) : branch]);
  }
  const last = isAdaptive
    ? on(tfn.layers.adaptiveNormalization(), [x, condition])
    : normalize(x)[0];
  return tf.model({inputs: [noisy, given], outputs: zeroed(PIXELS, last)});
}

const on = (layer: tf.layers.Layer, x: Symbolic | Symbolic[]) => layer.apply(x) as Symbolic;
