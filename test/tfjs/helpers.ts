import * as tf from '@tensorflow/tfjs';
import * as tfn from '../../src/index.js';
import {MOMENTS} from '../../src/statistic.js';
import {expectClose} from '../close.js';
import {normalize64, normalizeGrad64, type Problem} from '../float64.js';
import {random} from '../random.js';

export type Layer = tf.layers.Layer;
export type Kind = 'batchNormalization' | 'layerNormalization';
/** The library that a layer comes from. */
export type Source = 'tfjs' | 'ours';

export const SOURCES: Source[] = ['tfjs', 'ours'];

export const normal = (shape: number[], seed: number, mean = 0, std = 1): tf.Tensor =>
  tf.tensor(random(tf.util.sizeFromShape(shape), seed, mean, std), shape);

/** With arguments of its own: tfjs's layers write to theirs. */
export const makeLayer = (source: Source, kind: Kind, args: object = {}): Layer =>
  (source === 'tfjs' ? tf.layers : tfn.layers)[kind](structuredClone(args));

/** Values that no formula is blind to: neither 0 nor 1, and variances above 0. */
export function setRandomWeights(layer: Layer): void {
  const values = layer.weights.map((weight, i) => {
    const value = normal(weight.shape as number[], 100 + i, 1, 0.5);
    return weight.originalName.endsWith('variance') ? tf.add(tf.square(value), 0.5) : value;
  });
  layer.setWeights(values);
}

/** A layer of tfjs and one of ours that should do the same, with the same weights. */
export function twins(kind: Kind, args: object, inputShape: number[]): Record<Source, Layer> {
  const [tfjs, ours] = SOURCES.map(source => {
    const layer = makeLayer(source, kind, args);
    layer.apply(tf.zeros(inputShape));
    setRandomWeights(layer);
    return layer;
  });
  return {tfjs, ours};
}

export const run = (layer: Layer, x: tf.Tensor, training = false): tf.Tensor =>
  layer.apply(x, {training}) as tf.Tensor;

/** With respect to x and then each of the trainable weights. */
export function gradients(layer: Layer, x: tf.Tensor, dy: tf.Tensor, training = true): tf.Tensor[] {
  const weights = layer.trainableWeights.map(weight => weight.read());
  return tf.grads((...[x]: tf.Tensor[]) => run(layer, x, training))([x, ...weights], dy);
}

/** The model that comes out of saving `model` and loading it again. */
export async function saveAndLoad(model: tf.LayersModel): Promise<tf.LayersModel> {
  return tf.loadLayersModel(tf.io.fromMemory(await artifactsOf(model)));
}

export async function artifactsOf(model: tf.LayersModel): Promise<tf.io.ModelArtifacts> {
  return new Promise((resolve, reject) => {
    const handler = tf.io.withSaveHandler(artifacts => {
      resolve(artifacts);
      return Promise.resolve({
        modelArtifactsInfo: {dateSaved: new Date(), modelTopologyType: 'JSON' as const},
      });
    });
    model.save(handler).catch(reject);
  });
}

/** Normalization over the axes `reduced`, with parameters along `params`, and Keras's epsilon. */
export const problemOf = (shape: number[], reduced: number[], params: number[]): Problem => ({
  shape,
  reduced,
  params,
  statistic: MOMENTS,
  epsilon: 1e-3,
});

/** What a layer computes from its batch, and its gradients, in double precision. */
export function truth(layer: Layer, x: tf.Tensor, dy: tf.Tensor, problem: Problem) {
  const size = problem.params.reduce((n, axis) => n * problem.shape[axis], 1);
  const [gamma, beta] = ['gamma', 'beta'].map((name, i) => {
    const weight = layer.weights.find(({originalName}) => originalName.endsWith(`/${name}`));
    return {name: `d${name}`, weight, values: weight?.read().dataSync() ?? Array(size).fill(1 - i)};
  });
  const arrays = [x.dataSync(), gamma.values, beta.values] as const;
  const {y, stats} = normalize64(...arrays, problem);
  const {dx, ...dparams} = normalizeGrad64(dy.dataSync(), ...arrays, problem);
  const learned = [gamma, beta].filter(({weight}) => weight != null);
  return {y, stats, gradients: [dx, ...learned.map(({name}) => dparams[name as 'dgamma'])]};
}

// What we promise against double precision, relative to the result's root mean square.
export const VALUE = 2e-6;
export const GRADIENT = 1e-5;

/** Output and gradients of `layer` in training keep to what we promise. */
export function expectRight(layer: Layer, x: tf.Tensor, problem: Problem): void {
  const dy = normal(x.shape, 9);
  const expected = truth(layer, x, dy, problem);
  expectClose(run(layer, x, true), expected.y, VALUE);
  const found = gradients(layer, x, dy);
  expect(found).toHaveLength(expected.gradients.length);
  found.forEach((gradient, i) => {
    expectClose(gradient, expected.gradients[i], GRADIENT);
  });
}

/** Uses masks. */
export function lstm(units: number): Layer {
  const [kernelInitializer, recurrentInitializer] = [1, 2].map(seed =>
    tf.initializers.glorotNormal({seed}),
  );
  return tf.layers.lstm({units, kernelInitializer, recurrentInitializer});
}
