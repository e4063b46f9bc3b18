/** The comparisons that layer_golden.json asks for, for docs/conformance.md. */
import * as tf from '@tensorflow/tfjs-core';
import type {layers} from '@tensorflow/tfjs-layers';
import * as tfn from '../../src/index.js';
import type {Comparison} from './cases.js';
import {
  inputOf,
  type LayerCase,
  layerOf,
  listOf,
  type NormalizationCase,
  type ResponseCase,
  stepOf,
  weightOf,
} from './layer_cases.js';

function setWeights(layer: layers.Layer, weights: LayerCase['weights']): void {
  if (layer.weights.length !== weights.length) {
    throw new Error(`${layer.name} has ${layer.weights.length} weights, not ${weights.length}.`);
  }
  for (const {name, shape, values} of weights) {
    const weight = weightOf(layer, name);
    const {dtype} = weight.read();
    // It refuses another shape.
    weight.write(tf.cast(tf.tensor(listOf(values), shape), dtype));
  }
}

/** tfjs's wasm backend lacks the kernels of some gradients. */
const cannotTrain = ({config}: LayerCase): boolean =>
  tf.getBackend() === 'wasm' && /Conv[12]D|Embedding/.test(JSON.stringify(config['layer'] ?? ''));

/**
 * The steps of the case, one after the other, on `layerOf` it: after each that learns, the weights
 * descend by a tenth of their gradients. Where the backend cannot train, the first output alone.
 */
export function trainedSteps(c: LayerCase, layer: layers.Layer) {
  setWeights(layer, c.weights);
  const values: Comparison[] = [];
  const gradients: Comparison[] = [];
  if (cannotTrain(c)) {
    const [step] = c.steps;
    const y = layer.apply(inputOf(c, step), {training: step.training}) as tf.Tensor;
    return {values: [{name: 'y', actual: y, expected: step.y}], gradients, weights: []};
  }
  for (const step of c.steps) {
    const {y, dx, variables, dweights} = stepOf(layer, c, step);
    const names = Object.keys(step.dweights);
    values.push({name: 'y', actual: y, expected: step.y});
    if (dx != null) gradients.push({name: 'dx', actual: dx, expected: step.dx!});
    const isLearning = step.training || !c.steps.some(({training}) => training);
    dweights.forEach((actual, i) => {
      gradients.push({name: names[i], actual, expected: step.dweights[names[i]]});
      if (isLearning) variables[i].assign(tf.sub(variables[i], tf.mul(0.1, actual)));
    });
  }
  const weights = c.weights.map(({name}, i): Comparison => {
    const actual = weightOf(layer, name).read();
    return {name, actual, expected: listOf(c.after[i])};
  });
  return {values, gradients, weights};
}

/** Adapts the layer of the case, and gives its statistics and its output. */
export async function adapted(c: NormalizationCase) {
  const layer = (await layerOf('Normalization', c.config, c.shape)) as tfn.Normalization;
  if (c.batches.length > 0) {
    await layer.adapt(c.batches.map(({values, shape}) => tf.tensor(values, shape)));
  }
  const y = layer.apply(tf.tensor(c.x, c.shape)) as tf.Tensor;
  const statistics = c.weights
    // Keras 3 has the count for the sake of older files only.
    .filter(({name}) => name !== 'count')
    .map(({name, values}): Comparison => {
      return {name, actual: weightOf(layer, name).read(), expected: listOf(values)};
    });
  return {layer, values: [{name: 'y', actual: y, expected: c.y}], statistics};
}

/** The op's output, gradient and second-order gradient. */
export function responsesOf({config, shape, ...c}: ResponseCase): Record<string, Comparison> {
  const x = tf.tensor(c.x, shape);
  const op = (x: tf.Tensor) => tfn.localResponseNorm(x, config);
  const dx = (x: tf.Tensor) => tf.grad(op)(x, tf.tensor(c.dy, shape));
  const ddx = tf.grad(dx)(x, tf.tensor(c.v, shape));
  return {
    y: {name: 'y', actual: op(x), expected: c.y},
    dx: {name: 'dx', actual: dx(x), expected: c.dx},
    ddx: {name: 'ddx', actual: ddx, expected: c.ddx},
  };
}
