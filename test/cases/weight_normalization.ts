/** Whether weight normalization is initialized is a weight of it, and nobody waits for a GPU to ask. */
import * as tf from '@tensorflow/tfjs';
import * as tfn from '../../src/index.js';
import {random} from '../random.js';
import {assertClose, assertSame} from '../close.js';
import {type Case, FLOAT32, tidyCase} from './case.js';

const [ROWS, FEATURES, UNITS] = [32, 5, 3];
const data = (shape: number[], seed: number) =>
  tf.tensor(random(tf.util.sizeFromShape(shape), seed, 1, 2), shape);

/** `f`, in which no tensor can be read before the device has computed it. */
function withoutWaiting<T>(f: () => T): T {
  const prototype = tf.Tensor.prototype as {dataSync: unknown};
  const {dataSync} = prototype;
  prototype.dataSync = () => {
    throw new Error('This would wait for a GPU.');
  };
  try {
    return f();
  } finally {
    prototype.dataSync = dataSync;
  }
}

/** `x v / ||v|| g + bias`. */
const computed = (x: tf.Tensor, g: tf.Tensor, v: tf.Tensor, bias: tf.Tensor) =>
  tf.add(tf.matMul(x as tf.Tensor2D, tf.mul(tf.div(v, tf.norm(v, 2, 0)), g) as tf.Tensor2D), bias);

async function check(dataInit: boolean, initialized: boolean) {
  const inner = tf.layers.dense({units: UNITS});
  const layer = tfn.layers.weightNormalization({layer: inner, dataInit});
  layer.apply(data([ROWS, FEATURES], 7));
  // The layer's weights, given to it as another computation on the device leaves them.
  const [g, v, bias] = layer.getWeights().map(({shape}, i) => data(shape, i + 2));
  layer.setWeights([g, v, bias, tf.logicalNot(tf.scalar(!initialized, 'bool'))]);
  const x = data([ROWS, FEATURES], 1);
  const y = withoutWaiting(() => layer.apply(x) as tf.Tensor);
  if (!initialized && dataInit) {
    const {mean, variance} = tf.moments(y, 0);
    assertClose('mean', await mean.data(), [0, 0, 0], FLOAT32.gradient, 1);
    assertClose('variance', await variance.data(), [1, 1, 1], FLOAT32.gradient);
  } else {
    const expected = computed(x, initialized ? g : tf.norm(v, 2, 0), v, bias);
    assertClose('y', await y.data(), await expected.data(), FLOAT32.forward);
  }
  const [newG, newV, newBias, flag] = await Promise.all(layer.getWeights().map(t => t.data()));
  assertSame('initialized', flag, [1]);
  assertSame('v', newV, await v.data());
  if (initialized) {
    assertSame('g', newG, await g.data());
    assertSame('bias', newBias, await bias.data());
  }
  // The first batch alone starts it.
  withoutWaiting(() => layer.apply(data([ROWS, FEATURES], 8)));
  assertSame('g after another batch', await layer.getWeights()[0].data(), newG);
  layer.dispose();
}

export const weightNormalizationCases: Case[] = [true, false].flatMap(dataInit =>
  [true, false].map(initialized => {
    const by = dataInit ? 'by data' : 'by the norm';
    const does = initialized
      ? 'keeps what it is told is initialized'
      : 'starts when told it is not';
    return tidyCase(`weight normalization ${by} ${does}`, () => check(dataInit, initialized));
  }),
);
