import * as tf from '@tensorflow/tfjs-core';
import type {Weights} from './fold_weights.js';
import {fusedCall} from './fused_call.js';
import type {Layer} from './graph.js';
import {activationOf, type KernelLayer} from './kernel_layers.js';

/** The fields that tell tfjs's layers from one another, beside weights and activation. */
const SETTINGS = [
  'filters',
  'kernelSize',
  'strides',
  'padding',
  'dataFormat',
  'dilationRate',
  'depthMultiplier',
  'units',
  'batchInputShape',
  'dtype',
] as const;

/**
 * A layer of the same class and settings with a bias and these weights, which it takes when it is
 * built. It is tfjs's in files; here its activation runs in the op of its kernel where tfjs has one.
 */
export function foldedLayer(
  layer: KernelLayer,
  name: string,
  {kernels, bias}: Weights,
  activation: string | undefined,
): Layer {
  const settings = SETTINGS.map(key => [key, (layer as unknown as Record<string, unknown>)[key]]);
  const args = {
    ...(Object.fromEntries(settings.filter(([, value]) => value != null)) as object),
    name,
    trainable: layer.trainable,
    useBias: true,
    activation: activation ?? activationOf(layer),
    // The weights come at once. A separable convolution refuses the first of these.
    ...(kernels.length > 1 ? {} : {kernelInitializer: 'zeros'}),
    depthwiseInitializer: 'zeros',
    weights: [...kernels, bias!],
  };
  const folded = new (layer.constructor as new (args: object) => KernelLayer)(args);
  const call = fusedCall(folded);
  if (call != null) {
    folded.call = inputs => tf.tidy(() => call([inputs].flat()[0]));
  }
  return folded;
}
