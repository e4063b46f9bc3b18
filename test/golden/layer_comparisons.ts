/** What layer_golden.json is compared with, for the tests and for docs/conformance.md. */
import * as tf from '@tensorflow/tfjs-core';
import type {layers} from '@tensorflow/tfjs-layers';
import type * as tfn from '../../src/index.js';
import type {Comparison} from './op_cases.js';
import {
  inputOf,
  type LayerCase,
  layerOf,
  listOf,
  type NormalizationCase,
  stepOf,
  weightOf,
} from './layer_cases.js';

/** What tfjs needs for the gradients of its layers and has on all backends but wasm. */
const GRADIENT_KERNELS: Array<[layer: RegExp, kernel: string]> = [
  [/"Conv[12]D/, 'Conv2DBackpropFilter'],
  [/"DepthwiseConv2D/, 'DepthwiseConv2dNativeBackpropFilter'],
  [/"Embedding/, 'UnsortedSegmentSum'],
];

function canTrain({config}: LayerCase): boolean {
  const inner = JSON.stringify(config['layer'] ?? '');
  const backend = tf.getBackend();
  const missing = GRADIENT_KERNELS.find(
    ([layer, kernel]) => layer.test(inner) && tf.getKernel(kernel, backend) == null,
  );
  if (missing != null && backend !== 'wasm') throw new Error(`There is no ${missing[1]}.`);
  return missing == null;
}

function setWeights(layer: layers.Layer, weights: LayerCase['weights']): void {
  if (layer.weights.length !== weights.length) {
    throw new Error(`${layer.name} has ${layer.weights.length} weights, not ${weights.length}.`);
  }
  for (const {name, shape, values} of weights) {
    const weight = weightOf(layer, name);
    // It refuses another shape.
    weight.write(tf.tensor(listOf(values), shape, weight.read().dtype));
  }
}

/**
 * The steps of the case, one after the other, on `layerOf` it, which they dispose: after each
 * that learns, the weights descend by a tenth of their gradients. Where the backend cannot train, the
 * first output alone.
 */
export function trainedSteps(c: LayerCase, layer: layers.Layer) {
  setWeights(layer, c.weights);
  const values: Comparison[] = [];
  const gradients: Comparison[] = [];
  if (!canTrain(c)) {
    const [step] = c.steps;
    const y = layer.apply(inputOf(c, step), {training: step.training}) as tf.Tensor;
    layer.dispose();
    return {values: [{name: 'y', actual: y, expected: step.y}], gradients, weights: []};
  }
  for (const step of c.steps) {
    const {y, dx, variables, dweights} = stepOf(layer, c, step);
    const names = Object.keys(step.dweights);
    values.push({name: 'y', actual: y, expected: step.y});
    if (dx != null) gradients.push({name: 'dx', actual: dx, expected: step.dx!});
    const isLearning = step.training || !c.steps.some(({training}) => training);
    dweights.forEach((actual, i) => {
      gradients.push({name: `d${names[i]}`, actual, expected: step.dweights[names[i]]});
      if (isLearning) variables[i].assign(tf.sub(variables[i], tf.mul(0.1, actual)));
    });
  }
  const weights = c.weights.map(({name}, i): Comparison => {
    const actual = tf.clone(weightOf(layer, name).read());
    return {name, actual, expected: listOf(c.after[i])};
  });
  layer.dispose();
  return {values, gradients, weights};
}

/** The layer of the case, adapted, with its statistics and its output. */
export async function adapted(c: NormalizationCase) {
  const layer = (await layerOf({className: 'Normalization', ...c})) as tfn.Normalization;
  if (c.batches.length > 0) {
    await layer.adapt(c.batches.map(({values, shape}) => tf.tensor(values, shape)));
  }
  const y = layer.apply(tf.tensor(c.x, c.shape)) as tf.Tensor;
  const statistics = c.weights
    // Keras 3 has the count for the sake of older files only.
    .filter(({name}) => name !== 'count')
    .map(({name, values}): Comparison => {
      const actual = tf.clone(weightOf(layer, name).read());
      return {name, actual, expected: listOf(values)};
    });
  layer.dispose();
  return {layer, values: [{name: 'y', actual: y, expected: c.y}], statistics};
}
