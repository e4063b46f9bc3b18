import * as tf from '@tensorflow/tfjs-core';
import {activationOf, type KernelLayer} from './kernel_layers.js';
import {type FusedActivation, isFused} from './activations.js';

type Call = (x: tf.Tensor) => tf.Tensor;
type Pair = [number, number];

/** How the layer computes with tf.fused; null if what tfjs's layer does is as good, or all there is. */
export function fusedCall(layer: KernelLayer): Call | null {
  const name = activationOf(layer);
  if (name !== 'linear' && !isFused(name)) return null;
  switch (layer.getClassName()) {
    case 'Conv1D':
      return conv1d(layer, name);
    case 'Conv2D':
      return channelsLast(layer, conv2d(layer, name));
    case 'DepthwiseConv2D':
      return channelsLast(layer, depthwise(layer, name));
    case 'SeparableConv2D':
      return channelsLast(layer, separable(layer, name));
    case 'Dense':
      return dense(layer, name);
    default:
      return null;
  }
}

type Name = FusedActivation | 'linear';

/** The arguments that all fused convolutions take; the variables are read at each call, since they may be set. */
const configOf = ({strides, padding, bias}: KernelLayer, activation: Name) => ({
  strides: strides as Pair,
  pad: padding === 'same' ? ('same' as const) : ('valid' as const),
  dataFormat: 'NHWC' as const,
  bias: bias!.read() as tf.Tensor1D,
  activation,
});

const conv2d =
  (layer: KernelLayer, activation: Name): Call =>
  x =>
    tf.fused.conv2d({
      ...configOf(layer, activation),
      x: x as tf.Tensor4D,
      filter: layer.kernel!.read() as tf.Tensor4D,
      dilations: layer.dilationRate as Pair,
    });

/** A convolution over one row. */
function conv1d(layer: KernelLayer, activation: Name): Call {
  const [stride] = layer.strides!;
  const [dilation] = layer.dilationRate!;
  return x =>
    tf.squeeze(
      tf.fused.conv2d({
        ...configOf(layer, activation),
        x: tf.expandDims(x, 1) as tf.Tensor4D,
        filter: tf.expandDims(layer.kernel!.read(), 0) as tf.Tensor4D,
        strides: [1, stride],
        dilations: [1, dilation],
      }),
      [1],
    );
}

/** tfjs's layer leaves its dilation out of account, and so does this. */
const depthwise =
  (layer: KernelLayer, activation: Name): Call =>
  x =>
    tf.fused.depthwiseConv2d({
      ...configOf(layer, activation),
      x: x as tf.Tensor4D,
      filter: layer.depthwiseKernel.read() as tf.Tensor4D,
    });

const separable =
  (layer: KernelLayer, activation: Name): Call =>
  x => {
    const {strides, pad} = configOf(layer, activation);
    const filter = layer.depthwiseKernel.read() as tf.Tensor4D;
    const dilations = layer.dilationRate as Pair;
    return tf.fused.conv2d({
      ...configOf(layer, activation),
      x: tf.depthwiseConv2d(x as tf.Tensor4D, filter, strides, pad, 'NHWC', dilations),
      filter: layer.pointwiseKernel.read() as tf.Tensor4D,
      strides: 1,
      pad: 'valid',
    });
  };

const dense =
  (layer: KernelLayer, activation: Name): Call =>
  x => {
    const [inputs, units] = layer.kernel!.shape as Pair;
    const y = tf.fused.matMul({
      a: tf.reshape(x, [-1, inputs]),
      b: layer.kernel!.read() as tf.Tensor2D,
      bias: layer.bias!.read(),
      activation,
    });
    return tf.reshape(y, [...x.shape.slice(0, -1), units]);
  };

/** tf.fused knows channels last only on all backends. */
function channelsLast({dataFormat}: KernelLayer, call: Call): Call {
  if (dataFormat !== 'channelsFirst') return call;
  return x => tf.transpose(call(tf.transpose(x, [0, 2, 3, 1])), [0, 3, 1, 2]);
}
