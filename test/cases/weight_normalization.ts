/** Whether weight normalization is initialized is a weight of it, and nobody waits for a GPU to ask. */
import * as tf from '@tensorflow/tfjs';
import * as tfn from '../../src/index.js';
import {random} from '../random.js';
import {assertClose, assertSame, type Case, FLOAT32, tidyCase} from './case.js';

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

function made(dataInit: boolean): tfn.WeightNormalization {
  const inner = tf.layers.dense({units: UNITS, inputShape: [FEATURES]});
  const layer = tfn.layers.weightNormalization({layer: inner, dataInit});
  // Builds it.
  tf.sequential({layers: [layer]});
  return layer;
}

/** The layer's weights, given to it as another computation on the device leaves them. */
function given(layer: tfn.WeightNormalization, initialized: boolean): tf.Tensor[] {
  const [g, v, bias] = layer.getWeights().map(({shape}, i) => data(shape, i + 2));
  const flag = tf.logicalNot(tf.scalar(!initialized, 'bool'));
  layer.setWeights([g, v, bias, flag]);
  return [g, v, bias];
}

/** `x v / ||v|| g + bias`. */
const computed = (x: tf.Tensor, [g, v, bias]: tf.Tensor[]) =>
  tf.add(tf.mul(tf.div(tf.matMul(x as tf.Tensor2D, v as tf.Tensor2D), tf.norm(v, 2, 0)), g), bias);

async function keepsWhatIsSet(dataInit: boolean) {
  const layer = made(dataInit);
  const weights = given(layer, true);
  const x = data([ROWS, FEATURES], 1);
  const y = withoutWaiting(() => layer.apply(x) as tf.Tensor);
  const expected = await computed(x, weights).data();
  assertClose('y', await y.data(), expected, FLOAT32.forward);
  const after = layer.getWeights();
  for (const [i, name] of ['g', 'v', 'bias'].entries()) {
    assertSame(name, await after[i].data(), await weights[i].data());
  }
  assertSame('initialized', await after[3].data(), [1]);
  layer.dispose();
}

async function setsWhatIsNot(dataInit: boolean) {
  const layer = made(dataInit);
  layer.apply(data([ROWS, FEATURES], 7));
  // Set back.
  const [, v, bias] = given(layer, false);
  const x = data([ROWS, FEATURES], 1);
  const y = withoutWaiting(() => layer.apply(x) as tf.Tensor);
  if (dataInit) {
    const {mean, variance} = tf.moments(y, 0);
    assertClose('1 + mean', await tf.add(mean, 1).data(), [1, 1, 1], FLOAT32.gradient);
    assertClose('variance', await variance.data(), [1, 1, 1], FLOAT32.gradient);
  } else {
    const expected = await computed(x, [tf.norm(v, 2, 0), v, bias]).data();
    assertClose('y', await y.data(), expected, FLOAT32.forward);
  }
  assertSame('initialized', await layer.getWeights()[3].data(), [1]);
  // By the first batch alone.
  const [before] = layer.getWeights().map(weight => tf.clone(weight));
  withoutWaiting(() => layer.apply(data([ROWS, FEATURES], 8)));
  assertSame('g', await layer.getWeights()[0].data(), await before.data());
  layer.dispose();
}

export const weightNormalizationCases: Case[] = [true, false].flatMap(dataInit => {
  const by = dataInit ? 'by data' : 'by the norm';
  return [
    tidyCase(`weight normalization ${by} keeps what it is told is initialized`, () =>
      keepsWhatIsSet(dataInit),
    ),
    tidyCase(`weight normalization ${by} starts when it is told that it is not`, () =>
      setsWhatIsNot(dataInit),
    ),
  ];
});
