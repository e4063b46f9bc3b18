import * as tf from '@tensorflow/tfjs';
import {type Digits, toBatch} from '../shared/mnist.js';
import {firstOnes} from '../shared/order.js';
import {buildModel, type Hyperparameters, type Network, OWN} from './model.js';

/** Deeper than the networks that are trained, so that what multiplies from layer to layer shows. */
export const DEEP = 20;

const DIGITS = 500;

/** A deep network before its first step, the layer next to the input first. */
export interface Stability {
  label: string;
  /** The standard deviation of a sigmoid over the digits, mean over the layer's units. */
  activations: number[];
  /** The root of the mean square of the loss's gradient by the layer's kernel. */
  gradients: number[];
}

/** Sends digits forward and the loss's gradient back through each deep network, once. */
export const stability = (digits: Digits, params: Hyperparameters): Stability[] =>
  OWN.map(network => measure(network, digits, params));

function measure(network: Network, digits: Digits, params: Hyperparameters): Stability {
  const model = buildModel(network, params, DEEP);
  const sigmoids = model.layers.filter(({name}) => name.startsWith('sigmoid_'));
  const kernels = model.trainableWeights
    .filter(({originalName}) => originalName.endsWith('kernel'))
    .slice(0, DEEP)
    .map(weight => weight.read() as tf.Variable);
  const outputs = tf.model({
    inputs: model.inputs,
    outputs: [...sigmoids, model].map(({output}) => output as tf.SymbolicTensor),
  });
  const result = tf.tidy(() => {
    const {x, y} = toBatch(digits, firstOnes(DIGITS));
    let activations: number[] = [];
    const {grads} = tf.variableGrads(() => {
      const values = outputs.apply(x, {training: true}) as tf.Tensor[];
      activations = values.slice(0, DEEP).map(spread);
      return tf.losses.softmaxCrossEntropy(y, values[DEEP]);
    }, kernels);
    const gradients = kernels.map(
      ({name}) => tf.sqrt(tf.mean(tf.square(grads[name]))).dataSync()[0],
    );
    return {label: network.label, activations, gradients};
  });
  model.dispose();
  return result;
}

/** The standard deviation of each unit over the digits, mean over the units. */
const spread = (activation: tf.Tensor): number =>
  tf.mean(tf.sqrt(tf.moments(activation, 0).variance)).dataSync()[0];
