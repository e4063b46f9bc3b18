/** The start of weight normalization that depends on data, section 3 of Salimans & Kingma 2016. */
import * as tf from '@tensorflow/tfjs-core';
import type {layers} from '@tensorflow/tfjs-layers';
import {checkAxes} from '../check.js';
import {fromIdentifier} from './identifiers.js';

/** Whether the layer multiplies by its kernel, and this axis of the kernel is that of the outputs. */
export function fitsData(layer: layers.Layer, kernelRank: number, axis: number): boolean {
  const className = layer.getClassName();
  const outputs = /^Conv.*Transpose$/.test(className) ? -2 : -1;
  return /^(Dense|Conv[123]D|Conv[23]DTranspose)$/.test(className) && axis === kernelRank + outputs;
}

/** `t = v x / ||v||`, then `g = 1 / std(t)` and `bias = -mean(t) / std(t)`; `direction` is `v / ||v||`. */
export function startByData(
  name: string,
  layer: layers.Layer,
  direction: tf.Tensor,
  x: tf.Tensor,
): {g: tf.Tensor; bias: tf.Tensor} {
  const plain = withoutBias(name, layer);
  plain.build(x.shape);
  try {
    plain.setWeights([direction]);
    const t = plain.call(x, {}) as tf.Tensor;
    const isFirst = plain.getConfig()['dataFormat'] === 'channelsFirst';
    const [axis] = checkAxes(name, isFirst ? 1 : -1, t.rank);
    const {mean, variance} = tf.moments(
      t,
      t.shape.map((_, i) => i).filter(i => i !== axis),
    );
    const g = tf.rsqrt(tf.add(variance, 1e-10));
    return {g, bias: tf.neg(tf.mul(mean, g))};
  } finally {
    plain.weights.forEach(weight => weight.dispose());
  }
}

/** The layer without bias and activation. */
function withoutBias(name: string, layer: layers.Layer): layers.Layer {
  const config = {
    ...layer.getConfig(),
    name: `${layer.name}_plain`,
    activation: 'linear',
    useBias: false,
    kernelInitializer: 'zeros',
  };
  return fromIdentifier<layers.Layer>(name, 'layer', {className: layer.getClassName(), config})!;
}
