import * as tf from '@tensorflow/tfjs';
import * as tfn from 'tfjs-normalization';
import {CLASSES, SIDE} from './data.js';

type Normalization = {label: string; color: string; layer?: () => tf.layers.Layer};

export const NORMALIZATIONS: Normalization[] = [
  {
    label: 'batch norm',
    color: '#0072b2',
    layer: () => tfn.layers.batchNormalization({momentum: 0.9}),
  },
  {label: 'group norm', color: '#d55e00', layer: () => tfn.layers.groupNormalization({groups: 4})},
  {label: 'none', color: '#777777'},
];

const FILTERS = [16, 32];

/** Two convolutions, each normalized before its relu, and a dense layer. */
export function buildModel(
  {layer}: Normalization,
  {learningRate, seed}: {learningRate: number; seed: number},
): tf.Sequential {
  const model = tf.sequential();
  // Seeds by position, so that all networks start from the same weights; tfjs takes 0 for none.
  const initializer = (position: number) =>
    tf.initializers.heNormal({seed: 10 * seed + position + 1});
  FILTERS.forEach((filters, position) => {
    model.add(
      tf.layers.conv2d({
        filters,
        kernelSize: 3,
        padding: 'same',
        // The normalization's beta takes the place of the bias.
        useBias: layer == null,
        kernelInitializer: initializer(position),
        ...(position === 0 && {inputShape: [SIDE, SIDE, 1]}),
      }),
    );
    if (layer != null) model.add(layer());
    model.add(tf.layers.activation({activation: 'relu'}));
    model.add(tf.layers.maxPooling2d({poolSize: 2}));
  });
  model.add(tf.layers.flatten());
  model.add(
    tf.layers.dense({
      units: CLASSES,
      activation: 'softmax',
      // Small, so that the first guesses are modest.
      kernelInitializer: tf.initializers.randomNormal({stddev: 0.01, seed: 10 * seed + 9}),
    }),
  );
  model.compile({optimizer: tf.train.sgd(learningRate), loss: 'categoricalCrossentropy'});
  return model;
}
