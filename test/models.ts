/** Models around a layer, and their files. */
import * as tf from '@tensorflow/tfjs';
import {random} from './random.js';

/** Numbers around `mean`, the same in every run. */
export const normal = (shape: number[], seed = 1, mean = 1, std = 2): tf.Tensor =>
  tf.tensor(random(tf.util.sizeFromShape(shape), seed, mean, std), shape);

/** A classifier with the layer in its midst, and the same first weights in every run. */
export function modelWith(layer: tf.layers.Layer, inputShape: number[]): tf.Sequential {
  const kernelInitializer = tf.initializers.glorotNormal({seed: 1});
  const model = tf.sequential();
  const units = inputShape[inputShape.length - 1];
  model.add(tf.layers.dense({units, inputShape, kernelInitializer}));
  model.add(layer);
  if (inputShape.length > 1) model.add(tf.layers.flatten());
  model.add(tf.layers.dense({units: 1, activation: 'sigmoid', kernelInitializer}));
  compile(model);
  return model;
}

/** With an optimizer that has no memory of its own. */
export const compile = (model: tf.LayersModel, learningRate = 0.1): void => {
  model.compile({
    optimizer: tf.train.sgd(learningRate),
    loss: 'binaryCrossentropy',
    metrics: ['acc'],
  });
};

/** Labels that the classifier can learn from examples around 1: whether they are above it. */
export const labelsOf = (x: tf.Tensor): tf.Tensor =>
  tf.cast(tf.greater(tf.mean(tf.reshape(x, [x.shape[0], -1]), 1, true), 1), 'float32');

/** The losses of the epochs. */
export async function train(
  model: tf.LayersModel,
  x: tf.Tensor,
  epochs: number,
  y = labelsOf(x),
): Promise<number[]> {
  const {history} = await model.fit(x, y, {epochs, batchSize: 16, shuffle: false, verbose: 0});
  return history['loss'] as number[];
}

/** The file of `model`, as it comes back. */
export async function artifactsOf(model: tf.LayersModel): Promise<tf.io.ModelArtifacts> {
  let saved: tf.io.ModelArtifacts | undefined;
  const handler = tf.io.withSaveHandler(({weightData, ...json}) => {
    saved = {...(JSON.parse(JSON.stringify(json)) as tf.io.ModelArtifacts), weightData};
    return Promise.resolve({modelArtifactsInfo: tf.io.getModelArtifactsInfoForJSON(json)});
  });
  await model.save(handler);
  return saved!;
}

/** The model that comes out of saving `model` and loading it again. */
export const saveAndLoad = async (model: tf.LayersModel): Promise<tf.LayersModel> =>
  tf.loadLayersModel(tf.io.fromMemory(await artifactsOf(model)));

export const valuesOf = (layer: {getWeights(): tf.Tensor[]}): number[][] =>
  layer.getWeights().map(weight => Array.from(weight.dataSync()));

export const namesOf = (weights: tf.layers.Layer['weights']): string[] =>
  weights.map(({originalName}) => originalName.split('/').pop()!);
