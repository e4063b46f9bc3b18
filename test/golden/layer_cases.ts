/** Layers as Keras and TF Addons train them, and ours in the state that layer_golden.json says. */
import * as tf from '@tensorflow/tfjs-core';
import {type layers, models} from '@tensorflow/tfjs-layers';
import * as tfn from '../../src/index.js';
import {type Compared, type Comparison, type Subject, tensorOf, type Values} from './comparison.js';
import values from './layer_golden.json' with {type: 'json'};

type Weight = {name: string; shape: number[]; values: number[] | number};

type Step = {
  training: boolean;
  x: number[];
  mask?: Values;
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
  integers?: boolean;
  weights: Weight[];
  /** After each that trains (or any, if none does), the weights descend by 0.1 of their gradients. */
  steps: Step[];
  /** The weights' values after the steps. */
  after: Array<number[] | number>;
};

type NormalizationCase = {
  name: string;
  config: Record<string, unknown>;
  shape: number[];
  batches: Values[];
  weights: Weight[];
  x: number[];
  y: number[];
};

const layerGolden = values as unknown as {
  layers: LayerCase[];
  normalization: NormalizationCase[];
};

const FUSED: Record<string, string> = {
  BatchNormalization: tfn.BatchNormalization.className,
  LayerNormalization: tfn.LayerNormalization.className,
};

/** A layer of ours, read from the config as Keras writes it. */
async function layerOf(
  c: Pick<LayerCase, 'className' | 'config' | 'shape' | 'integers'>,
): Promise<layers.Layer> {
  const layer = {
    class_name: FUSED[c.className] ?? c.className,
    config: {
      ...c.config,
      batch_input_shape: [null, ...c.shape.slice(1)],
      dtype: c.integers ? 'int32' : 'float32',
    },
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

const listOf = (values: number[] | number): number[] => [values].flat();

/** Kernels that tfjs needs for the gradients of its layers and has on all backends but wasm. */
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

const inputOf = ({shape, integers}: LayerCase, {x}: Step): tf.Tensor =>
  tf.tensor(x, shape, integers ? 'int32' : 'float32');

/** The output of a step, and the gradients of sum(y * dy), of x if it has any and of the weights. */
function stepOf(layer: layers.Layer, c: LayerCase, step: Step) {
  const x = inputOf(c, step);
  const mask = step.mask && tensorOf(step.mask);
  const variables = Object.keys(step.dweights).map(
    name => weightOf(layer, name).read() as tf.Variable,
  );
  const given = c.integers ? [] : [x];
  const f = (...xs: tf.Tensor[]) =>
    layer.apply(c.integers ? x : xs[0], {training: step.training, mask}) as tf.Tensor;
  const dy = tf.tensor(step.dy, layer.computeOutputShape(x.shape) as number[]);
  const {value, grads} = tf.valueAndGrads(f)([...given, ...variables], dy);
  return {
    y: value,
    dx: c.integers ? [] : [grads[0]],
    variables,
    dweights: grads.slice(given.length),
  };
}

/** The counterparts of Keras's values in a layer of `config` with `weights`. */
function savedOf(layer: layers.Layer, {config, weights}: Pick<LayerCase, 'config' | 'weights'>) {
  const ours = layer.getConfig();
  const camelCase = (key: string) => key.replace(/_(\w)/g, (_, c: string) => c.toUpperCase());
  const same = weights.map(({name, shape}, i) => {
    const found = weightOf(layer, name);
    return found === layer.weights[i] && String(found.shape) === String(shape);
  });
  return {
    weights: same.every(Boolean) && weights.length === layer.weights.length,
    lostKeys: Object.keys(config).filter(key => !(camelCase(key) in ours)),
  };
}

/** The weights that the layer has now, beside those that it should have. */
const weightsOf = (layer: layers.Layer, names: string[], values: Array<number[] | number>) =>
  names.map((name, i): Comparison => {
    return {name, actual: tf.clone(weightOf(layer, name).read()), expected: listOf(values[i])};
  });

/**
 * The steps of the case, one after the other: after each that learns, the weights descend by a tenth
 * of their gradients. Where the backend cannot train, the first output alone.
 */
async function trained(c: LayerCase): Promise<Compared> {
  const layer = await layerOf(c);
  const saved = savedOf(layer, c);
  setWeights(layer, c.weights);
  const [forward, gradient]: Comparison[][] = [[], []];
  if (!canTrain(c)) {
    const [step] = c.steps;
    const y = layer.apply(inputOf(c, step), {training: step.training}) as tf.Tensor;
    layer.dispose();
    return {forward: [{name: 'y', actual: y, expected: step.y}], saved};
  }
  for (const step of c.steps) {
    const {y, dx, variables, dweights} = stepOf(layer, c, step);
    forward.push({name: 'y', actual: y, expected: step.y});
    dx.forEach(actual => gradient.push({name: 'dx', actual, expected: step.dx!}));
    const isLearning = step.training || !c.steps.some(({training}) => training);
    Object.entries(step.dweights).forEach(([name, expected], i) => {
      gradient.push({name: `d${name}`, actual: dweights[i], expected});
      if (isLearning) variables[i].assign(tf.sub(variables[i], tf.mul(0.1, dweights[i])));
    });
  }
  const names = c.weights.map(({name}) => name);
  const weights = weightsOf(layer, names, c.after);
  layer.dispose();
  const isStatistic = ({name}: Comparison) => /moving|renorm|vector_u/.test(name);
  return {forward, gradient, saved, weights, statistics: weights.filter(isStatistic)};
}

/** The layer of the case, adapted. */
async function adapted(c: NormalizationCase): Promise<Compared> {
  const layer = (await layerOf({className: 'Normalization', ...c})) as tfn.Normalization;
  if (c.batches.length > 0) await layer.adapt(c.batches.map(tensorOf));
  const y = layer.apply(tf.tensor(c.x, c.shape)) as tf.Tensor;
  // Keras 3 has the count for the sake of older files only.
  const weights = c.weights.filter(({name}) => name !== 'count');
  const names = weights.map(({name}) => name);
  const values = weights.map(({values}) => values);
  const statistics = weightsOf(layer, names, values);
  layer.dispose();
  return {
    ...{forward: [{name: 'y', actual: y, expected: c.y}], statistics, saved: savedOf(layer, c)},
  };
}

// Keras rounds too, in an order of its own, and each step builds on the rounding of the last.
const tolerance = 5e-6;

export const layerSubjects = [
  ...layerGolden.layers.map((c): Subject => {
    // Keras 3, Keras 2, or Addons.
    const framework = c.name.startsWith('Addons') ? 'TF Addons' : c.name.slice(0, 'Keras 3'.length);
    return {
      ...{framework, subject: `\`${c.className}\``, name: `${c.name}: trains alike`, tolerance},
      // Where a gradient is all cancellation, both are noise of the size of dy's rounding.
      gradientScale: expected => 1 + Math.max(...expected.map(Math.abs)),
      compare: () => trained(c),
    };
  }),
  ...layerGolden.normalization.map((c): Subject => {
    const name = `${c.name}: adapts and normalizes alike`;
    const about = {framework: 'Keras 3', subject: '`Normalization`', name, tolerance};
    return {...about, compare: () => adapted(c)};
  }),
];
