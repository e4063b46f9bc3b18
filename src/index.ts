/** Normalization for TensorFlow.js. Importing registers kernels, gradients and layer classes. */
import {registerLayers} from './layers/register_layers.js';
import {registerNormalization} from './register.js';

export {accelerate, type AccelerateConfig} from './accelerate/accelerate.js';
export * from './entries/core.js';
export {fromKeras} from './keras/from_keras.js';
export type {KerasVersion} from './keras/keras_layer.js';
export {toKeras, type ToKerasConfig} from './keras/to_keras.js';
export * as layers from './layers/index.js';
export * from './layers/classes.js';
export type {AdaptData} from './layers/adapt_data.js';
export {AffineLayer, type AffineLayerArgs} from './layers/affine_layer.js';
export type {GivenMoment} from './layers/given_moments.js';
export type {Renorm, RenormClipping} from './layers/batch_renorm.js';
export type {KernelWrapperArgs} from './layers/kernel_wrapper.js';
export {NormalizationLayer, type Plan} from './layers/normalization_layer.js';
export type {SquashLayerArgs} from './layers/squash_layer.js';
export {Weight, type WeightRules} from './layers/weight.js';
export {replaceTfjsLayers} from './layers/replace_tfjs_layers.js';
export type {
  Constraint,
  ConstraintIdentifier,
  Initializer,
  InitializerIdentifier,
  Kwargs,
  LayerArgs,
  Regularizer,
  RegularizerIdentifier,
} from './layers/tfjs_types.js';

registerNormalization();
registerLayers();
