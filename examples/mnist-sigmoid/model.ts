import * as tf from '@tensorflow/tfjs';
import * as tfn from 'tfjs-normalization';
import {CLASSES, PIXELS} from '../shared/mnist.js';

/** How the hidden layers are normalized, before their sigmoids as in the paper. */
export interface Network {
  label: string;
  normalization?: () => tf.layers.Layer;
  /** The label of the network with the layer of tfjs that this one's layer stands in for. */
  builtIn?: string;
  /**
   * Whether only its time is measured, in a few steps: it would learn as the other layer norm does.
   */
  timeOnly?: boolean;
}

// With the default of 0.99 the moving statistics would lag behind a run of this length.
const momentum = 0.9;

const plain: Network = {label: 'no normalization'};
const batchNormTf: Network = {
  label: 'batch norm (tf.layers)',
  normalization: () => tf.layers.batchNormalization({momentum}),
};
const batchNorm: Network = {
  label: 'batch norm (tfn)',
  normalization: () => tfn.layers.batchNormalization({momentum}),
  builtIn: batchNormTf.label,
};
const layerNormTf: Network = {
  label: 'layer norm (tf.layers)',
  normalization: () => tf.layers.layerNormalization(),
  timeOnly: true,
};
const layerNorm: Network = {
  label: 'layer norm (tfn)',
  normalization: () => tfn.layers.layerNormalization(),
  builtIn: layerNormTf.label,
};

export const NETWORKS = {plain, batchNormTf, batchNorm, layerNorm, layerNormTf};

/** The built-in layers are left out, since they learn as these do. */
export const OWN = [plain, batchNorm, layerNorm];

export interface Hyperparameters {
  learningRate: number;
  /** The standard deviation of the initial weights. */
  stddev: number;
  seed: number;
}

/** The hidden layers of the network of the paper's Figure 1. */
const DEPTH = 3;

/** Hidden layers of 100 sigmoid units and a layer of logits. */
export function buildModel(
  network: Network,
  params: Hyperparameters,
  depth = DEPTH,
): tf.Sequential {
  const {learningRate, stddev, seed} = params;
  const model = tf.sequential();
  // Each layer's seed follows from its position, so that all networks start from the same weights;
  // tfjs takes 0 for no seed.
  const dense = (position: number, args: Parameters<typeof tf.layers.dense>[0]) =>
    tf.layers.dense({
      kernelInitializer: tf.initializers.randomNormal({stddev, seed: 10 * seed + position + 1}),
      ...args,
    });
  for (let position = 0; position < depth; position++) {
    const inputShape = position === 0 ? {inputShape: [PIXELS]} : {};
    // The normalization's beta takes the place of the bias.
    const useBias = network.normalization == null;
    model.add(dense(position, {units: 100, useBias, ...inputShape}));
    if (network.normalization != null) model.add(network.normalization());
    model.add(tf.layers.activation({activation: 'sigmoid', name: `sigmoid_${position + 1}`}));
  }
  model.add(dense(depth, {units: CLASSES}));
  // The loss takes logits: 'categoricalCrossentropy' clips the probabilities after a softmax layer,
  // and its gradient is zero where it does, which happens at high learning rates.
  const loss = (labels: tf.Tensor, logits: tf.Tensor) =>
    tf.losses.softmaxCrossEntropy(labels, logits);
  model.compile({optimizer: tf.train.sgd(learningRate), loss});
  return model;
}

/** The same weights with two outputs: the logits and the last sigmoids' inputs. */
export const withSigmoidInputs = (model: tf.Sequential): tf.LayersModel =>
  tf.model({
    inputs: model.inputs,
    outputs: [model.outputs[0], model.getLayer(`sigmoid_${DEPTH}`).input as tf.SymbolicTensor],
  });
