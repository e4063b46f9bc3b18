/** Training steps of single layers, for the tests and for docs/conformance.md. */
import {readFileSync} from 'node:fs';
import * as tf from '@tensorflow/tfjs-core';
import {type layers, models} from '@tensorflow/tfjs-layers';
import * as tfn from '../../src/index.js';
import type {Comparison} from './cases.js';

type Weight = {name: string; shape: number[]; values: number[] | number};

type Step = {
  training: boolean;
  x: number[];
  mask?: {shape: number[]; values: number[]};
  y: number[];
  dy: number[];
  /** The gradients of sum(y * dy). */
  dx?: number[];
  dweights: Record<string, number[]>;
};

export type LayerCase = {
  name: string;
  className: string;
  config: Record<string, unknown>;
  shape: number[];
  integers: boolean;
  weights: Weight[];
  /** After each that is not inference, the weights descend by 0.1 of their gradients. */
  steps: Step[];
  /** The weights' values after the steps. */
  after: Array<number[] | number>;
};

type NormalizationCase = {
  name: string;
  config: Record<string, unknown>;
  shape: number[];
  batches: Array<{shape: number[]; values: number[]}>;
  weights: Weight[];
  x: number[];
  y: number[];
};

type ResponseCase = {
  name: string;
  config: Required<tfn.LocalResponseNormConfig>;
  shape: number[];
} & Record<'x' | 'dy' | 'v' | 'y' | 'dx' | 'ddx', number[]>;

export const layerGolden = JSON.parse(readFileSync('test/golden/layer_golden.json', 'utf8')) as {
  layers: LayerCase[];
  normalization: NormalizationCase[];
  responses: ResponseCase[];
};

/** A layer of ours, read from the config as Keras writes it. */
export async function layerOf(
  className: string,
  config: object,
  shape: number[],
  integers = false,
) {
  const {name} = ({
    BatchNormalization: {name: tfn.BatchNormalization.className},
    LayerNormalization: {name: tfn.LayerNormalization.className},
  }[className] ?? {name: className}) as {name: string};
  const dtype = integers ? 'int32' : 'float32';
  const layer = {
    class_name: name,
    config: {...config, batch_input_shape: [null, ...shape.slice(1)], dtype},
  };
  const model = await models.modelFromJSON({
    class_name: 'Sequential',
    config: {name: 'model', layers: [layer]},
  });
  return model.layers[0];
}

/** Keras 3 calls it so. */
const KERNELS = ['depthwise_kernel', 'embeddings'];

/** The weight of ours that Keras calls `name`. */
export function weightOf(layer: layers.Layer, name: string): layers.Layer['weights'][number] {
  const named = (name: string) =>
    layer.weights.find(({originalName}) => originalName.split('/').pop() === name);
  const found = named(name) ?? KERNELS.map(named).find(weight => weight != null);
  if (found == null) throw new Error(`${layer.name} has no weight ${name}.`);
  return found;
}

const list = (values: number[] | number): number[] => [values].flat();

function setWeights(layer: layers.Layer, weights: Weight[]): void {
  if (layer.weights.length !== weights.length) {
    throw new Error(`${layer.name} has ${layer.weights.length} weights, not ${weights.length}.`);
  }
  for (const {name, shape, values} of weights) {
    const weight = weightOf(layer, name);
    const {dtype} = weight.read();
    // It refuses another shape.
    weight.write(tf.cast(tf.tensor(list(values), shape), dtype));
  }
}

/** tfjs's wasm backend lacks the kernels of some gradients. */
const cannotTrain = ({config}: LayerCase): boolean =>
  tf.getBackend() === 'wasm' && /Conv[12]D|Embedding/.test(JSON.stringify(config['layer'] ?? ''));

const inputOf = ({shape, integers}: LayerCase, {x}: Step): tf.Tensor =>
  tf.tensor(x, shape, integers ? 'int32' : 'float32');

/** The output of a step and the gradients of sum(y * dy). */
function run(layer: layers.Layer, c: LayerCase, step: Step) {
  const x = inputOf(c, step);
  const mask = step.mask && tf.tensor(step.mask.values, step.mask.shape);
  const names = Object.keys(step.dweights);
  const variables = names.map(name => weightOf(layer, name).read() as tf.Variable);
  let y: tf.Tensor | undefined;
  const given = c.integers ? [] : [x];
  const gradients = tf.grads((...xs: tf.Tensor[]) => {
    const result = layer.apply(c.integers ? x : xs[0], {training: step.training, mask});
    y = tf.keep(result as tf.Tensor);
    return tf.sum(tf.mul(y, tf.tensor(step.dy, y.shape)));
  })([...given, ...variables]);
  return {y: y!, names, variables, dx: gradients.slice(0, given.length), gradients};
}

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
    const {y, dx, names, variables, gradients: found} = run(layer, c, step);
    values.push({name: 'y', actual: y, expected: step.y});
    if (dx.length > 0) gradients.push({name: 'dx', actual: dx[0], expected: step.dx!});
    const isLearning = step.training || !c.steps.some(({training}) => training);
    found.slice(dx.length).forEach((actual, i) => {
      gradients.push({name: names[i], actual, expected: step.dweights[names[i]]});
      if (isLearning) variables[i].assign(tf.sub(variables[i], tf.mul(0.1, actual)));
    });
  }
  const weights = c.weights.map(({name}, i): Comparison => {
    const actual = weightOf(layer, name).read();
    return {name, actual, expected: list(c.after[i])};
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
      return {name, actual: weightOf(layer, name).read(), expected: list(values)};
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
