/** ONNX's own cases of its normalization operators, and how each is said here. */
import * as tf from '@tensorflow/tfjs-core';
import * as tfn from '../../src/index.js';
import {type Subject, tensorOf, type Values} from './comparison.js';
import onnx from './onnx.json' with {type: 'json'};

type OnnxCase = {
  name: string;
  operator: keyof typeof OPERATORS;
  attributes: Record<string, number>;
  inputs: Record<string, Values>;
  outputs: Record<string, Values>;
};
type Tensors = Record<string, tf.Tensor>;
type Attributes = Record<string, number | undefined>;

export const ONNX_CASES = onnx.cases as unknown as OnnxCase[];

/** From the axis to the last, as ONNX normalizes. */
const axesFrom = (x: tf.Tensor, axis = -1): number[] => {
  const first = axis < 0 ? axis + x.rank : axis;
  return Array.from({length: x.rank - first}, (_, i) => first + i);
};

// All of them have their channels on axis 1, and epsilon 1e-5.
export const OPERATORS = {
  BatchNormalization({x, s, bias, mean, var: variance}: Tensors, a: Attributes): Tensors {
    const {epsilon = 1e-5, momentum = 0.9, training_mode = 0} = a;
    const weights = [s, bias, mean, variance];
    const layer = tfn.layers.batchNormalization({axis: 1, epsilon, momentum, weights});
    const y = layer.apply(x, {training: training_mode === 1}) as tf.Tensor;
    const [, , output_mean, output_var] = layer.getWeights().map(weight => tf.clone(weight));
    layer.dispose();
    return training_mode === 1 ? {y, output_mean, output_var} : {y};
  },
  GroupNormalization({x, scale, bias}: Tensors, {epsilon = 1e-5, num_groups}: Attributes): Tensors {
    const config = {axis: 1, groups: num_groups, gamma: scale, beta: bias, epsilon};
    return {y: tfn.groupNorm(x, config)};
  },
  InstanceNormalization({x, s, bias}: Tensors, {epsilon = 1e-5}: Attributes): Tensors {
    return {y: tfn.instanceNorm(x, {axis: 1, gamma: s, beta: bias, epsilon})};
  },
  LRN({x}: Tensors, {alpha = 1e-4, beta = 0.75, bias = 1, size = 1}: Attributes): Tensors {
    // Its alpha is shared by the elements, its channels are on axis 1.
    const last = tf.transpose(x, [0, 2, 3, 1]);
    const config = {depthRadius: (size - 1) / 2, bias, alpha: alpha / size, beta};
    return {y: tf.transpose(tfn.localResponseNorm(last, config), [0, 3, 1, 2])};
  },
  LayerNormalization({X, W, B}: Tensors, {axis, epsilon = 1e-5}: Attributes): Tensors {
    // Its outputs Mean and InvStdDev ours does not have.
    return {Y: tfn.layerNorm(X, {axis: axesFrom(X, axis), gamma: W, beta: B, epsilon})};
  },
  LpNormalization({x}: Tensors, {axis = -1, p = 2}: Attributes): Tensors {
    return {y: p === 1 ? tfn.l1Normalize(x, {axis}) : tfn.l2Normalize(x, {axis})};
  },
  MeanVarianceNormalization({X}: Tensors): Tensors {
    // It adds 1e-9 to the standard deviation, which is nothing beside it here.
    return {Y: tfn.batchNorm(X, {axis: 1, epsilon: 0}).y};
  },
  RMSNormalization({X, W}: Tensors, {axis, epsilon = 1e-5}: Attributes): Tensors {
    return {Y: tfn.rmsNorm(X, {axis: axesFrom(X, axis), gamma: W, epsilon})};
  },
};

export const onnxSubjects = ONNX_CASES.map(
  ({name, operator, attributes, inputs, outputs}): Subject => ({
    ...{framework: 'ONNX', subject: `\`${operator}\``, name},
    // It rounds too, in an order of its own.
    tolerance: 5e-6,
    compare() {
      const tensors = Object.entries(inputs).map(([name, values]) => [name, tensorOf(values)]);
      const found = OPERATORS[operator](Object.fromEntries(tensors) as Tensors, attributes);
      const [y, ...statistics] = Object.entries(found).map(([name, actual]) => {
        const {values, shape} = outputs[name];
        return {name, actual, expected: values, shape};
      });
      return {forward: [y], statistics};
    },
  }),
);
