/** What layer_golden.json holds, and layers of ours in the state that it says. */
import * as tf from '@tensorflow/tfjs-core';
import {type layers, models} from '@tensorflow/tfjs-layers';
import * as tfn from '../../src/index.js';
import values from './layer_golden.json' with {type: 'json'};

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
  integers?: boolean;
  weights: Weight[];
  /** After each that trains (or any, if none does), the weights descend by 0.1 of their gradients. */
  steps: Step[];
  /** The weights' values after the steps. */
  after: Array<number[] | number>;
};

export type NormalizationCase = {
  name: string;
  config: Record<string, unknown>;
  shape: number[];
  batches: Array<{shape: number[]; values: number[]}>;
  weights: Weight[];
  x: number[];
  y: number[];
};

export const layerGolden = values as unknown as {
  layers: LayerCase[];
  normalization: NormalizationCase[];
};

const FUSED: Record<string, string> = {
  BatchNormalization: tfn.BatchNormalization.className,
  LayerNormalization: tfn.LayerNormalization.className,
};

/** A layer of ours, read from the config as Keras writes it. */
export async function layerOf(
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
export function weightOf(layer: layers.Layer, name: string): layers.Layer['weights'][number] {
  const named = (name: string) =>
    layer.weights.find(({originalName}) => originalName.split('/').pop() === name);
  const found = named(name) ?? KERNELS.map(named).find(weight => weight != null);
  if (found == null) throw new Error(`${layer.name} has no weight ${name}.`);
  return found;
}

export const listOf = (values: number[] | number): number[] => [values].flat();

/** The output of a step, and the gradients of sum(y * dy), of x if it has any and of the weights. */
export function stepOf(layer: layers.Layer, c: LayerCase, step: Step) {
  const x = inputOf(c, step);
  const mask = step.mask && tf.tensor(step.mask.values, step.mask.shape);
  const variables = Object.keys(step.dweights).map(
    name => weightOf(layer, name).read() as tf.Variable,
  );
  const given = c.integers ? [] : [x];
  const f = (...xs: tf.Tensor[]) =>
    layer.apply(c.integers ? x : xs[0], {training: step.training, mask}) as tf.Tensor;
  const dy = tf.tensor(step.dy, layer.computeOutputShape(x.shape) as number[]);
  const {value, grads} = tf.valueAndGrads(f)([...given, ...variables], dy);
  const dweights = grads.slice(given.length);
  return {y: value, dx: c.integers ? null : grads[0], variables, dweights};
}

export const inputOf = ({shape, integers}: LayerCase, {x}: Step): tf.Tensor =>
  tf.tensor(x, shape, integers ? 'int32' : 'float32');
