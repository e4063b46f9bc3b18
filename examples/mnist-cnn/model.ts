import * as tf from '@tensorflow/tfjs';
import * as tfn from 'tfjs-normalization';
import {CLASSES, SIDE} from '../shared/mnist.js';

type Normalization = {label: string; layer?: () => tf.layers.Layer};

export const NORMALIZATIONS: Normalization[] = [
  {label: 'batch norm', layer: () => tfn.layers.batchNormalization({momentum: 0.9})},
  {label: 'group norm', layer: () => tfn.layers.groupNormalization({groups: 4})},
  {label: 'none'},
];

const FILTERS = [16, 32];

const UNITS = 64;

/**
 * Two convolutions and a dense layer, each normalized before its relu. The dense layer has no
 * positions to average over, so its batch statistics come from as few values as the batch has
 * digits.
 */
export function buildModel(
  {layer}: Normalization,
  {learningRate, seed}: {learningRate: number; seed: number},
): tf.Sequential {
  const model = tf.sequential();
  // Each layer's seed follows from its position, so that all networks start from the same weights;
  // tfjs takes 0 for no seed.
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
      units: UNITS,
      useBias: layer == null,
      kernelInitializer: initializer(FILTERS.length),
    }),
  );
  if (layer != null) model.add(layer());
  model.add(tf.layers.activation({activation: 'relu'}));
  model.add(
    tf.layers.dense({
      units: CLASSES,
      activation: 'softmax',
      kernelInitializer: initializer(FILTERS.length + 1),
    }),
  );
  model.compile({optimizer: tf.train.sgd(learningRate), loss: 'categoricalCrossentropy'});
  return model;
}
