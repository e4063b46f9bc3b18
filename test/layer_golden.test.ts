/** Training steps of single layers, as Keras, TF Addons and PyTorch compute them. */
import {readFileSync} from 'node:fs';
import {join} from 'node:path';
import * as tf from '@tensorflow/tfjs-core';
import {type layers, models} from '@tensorflow/tfjs-layers';
import * as tfn from '../src/index.js';
import {BACKENDS} from './backends.js';
import {expectClose, expectCloseAt} from './close.js';

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

type LayerCase = {
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

const golden = JSON.parse(readFileSync(join(__dirname, 'golden/layer_golden.json'), 'utf8')) as {
  layers: LayerCase[];
  normalization: NormalizationCase[];
  responses: ResponseCase[];
};

// Keras rounds too, in an order of its own, and each step builds on the rounding of the last.
const KERAS = 1e-5;
// Against float64.
const VALUE = 2e-6;
const GRADIENT = 1e-5;

/** A layer of ours, read from the config as Keras writes it. */
async function layerOf(className: string, config: object, shape: number[], integers = false) {
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
function weightOf(layer: layers.Layer, name: string): layers.Layer['weights'][number] {
  const named = (name: string) =>
    layer.weights.find(({originalName}) => originalName.split('/').pop() === name);
  const found = named(name) ?? KERNELS.map(named).find(weight => weight != null);
  if (found == null) throw new Error(`${layer.name} has no weight ${name}.`);
  return found;
}

const list = (values: number[] | number): number[] => [values].flat();

function setWeights(layer: layers.Layer, weights: Weight[]): void {
  expect(layer.weights).toHaveLength(weights.length);
  for (const {name, shape, values} of weights) {
    const weight = weightOf(layer, name);
    expect(weight.shape).toEqual(shape);
    const {dtype} = weight.read();
    weight.write(tf.cast(tf.tensor(list(values), shape), dtype));
  }
}

function expectWeights(layer: layers.Layer, weights: Weight[], after: LayerCase['after']): void {
  weights.forEach(({name}, i) => {
    const found = weightOf(layer, name).read();
    expectCloseAt(1, found.dataSync(), list(after[i]), KERAS);
  });
}

/** The output of a step and the gradients of sum(y * dy), after which the weights descend. */
function run(layer: layers.Layer, c: LayerCase, step: Step) {
  const x = tf.tensor(step.x, c.shape, c.integers ? 'int32' : 'float32');
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
  return {y: y!, dx: c.integers ? null : gradients[0], names, variables, gradients};
}

describe.each(BACKENDS)('on %s', backend => {
  beforeAll(async () => {
    await tf.setBackend(backend);
    // On wasm the engine's own check finds a leak in tfjs's layers, where there is none.
    tf.env().set('IS_TEST', backend !== 'wasm');
  });

  // tfjs has the kernels of their gradients on its other backends only.
  const cannotTrain = ({config}: LayerCase) =>
    backend === 'wasm' && /Conv[12]D|Embedding/.test(JSON.stringify(config['layer'] ?? ''));

  test.each(golden.layers)('$name: trains alike', async c => {
    const layer = await layerOf(c.className, c.config, c.shape, c.integers);
    setWeights(layer, c.weights);
    if (cannotTrain(c)) {
      const [{x, training, y}] = c.steps;
      const input = tf.tensor(x, c.shape, c.integers ? 'int32' : 'float32');
      expectClose(layer.apply(input, {training}) as tf.Tensor, y, KERAS);
      return;
    }
    for (const step of c.steps) {
      const {y, dx, names, variables, gradients} = run(layer, c, step);
      expectClose(y, step.y, KERAS);
      // Where a gradient is all cancellation, both are noise of the size of dy's rounding.
      if (dx != null) expectCloseAt(1 + Math.max(...step.dx!.map(Math.abs)), dx, step.dx!, KERAS);
      const dweights = gradients.slice(gradients.length - names.length);
      names.forEach((name, i) => {
        const expected = step.dweights[name];
        expectCloseAt(1 + Math.max(...expected.map(Math.abs)), dweights[i], expected, KERAS);
        const moved = tf.sub(variables[i], tf.mul(0.1, dweights[i]));
        const isLearning = step.training || !c.steps.some(({training}) => training);
        if (isLearning) variables[i].assign(moved);
      });
    }
    expectWeights(layer, c.weights, c.after);
  });

  test.each(golden.normalization)('$name: adapts and normalizes alike', async c => {
    const layer = (await layerOf('Normalization', c.config, c.shape)) as tfn.Normalization;
    if (c.batches.length > 0) {
      await layer.adapt(c.batches.map(({values, shape}) => tf.tensor(values, shape)));
    }
    const named = layer.weights.map(({originalName}) => originalName.split('/').pop());
    expect(named).toEqual(c.weights.map(({name}) => name));
    for (const {name, shape, values} of c.weights) {
      const weight = weightOf(layer, name);
      expect(weight.shape).toEqual(shape);
      // Keras 3 has the count for the sake of older files only.
      if (name !== 'count') expectClose(weight.read(), list(values), KERAS);
    }
    expectClose(layer.apply(tf.tensor(c.x, c.shape)) as tf.Tensor, c.y, KERAS);
  });

  test.each(golden.responses)('local response norm of $name', ({config, shape, ...c}) => {
    const x = tf.tensor(c.x, shape);
    const op = (x: tf.Tensor) => tfn.localResponseNorm(x, config);
    const dx = (x: tf.Tensor) => tf.grad(op)(x, tf.tensor(c.dy, shape));
    expectClose(op(x), c.y, VALUE);
    expectClose(dx(x), c.dx, GRADIENT);
    expectClose(tf.grad(dx)(x, tf.tensor(c.v, shape)), c.ddx, GRADIENT);
  });
});
