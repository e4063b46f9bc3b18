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
export type {AffineLayerArgs} from './layers/affine_layer.js';
export type {GivenMoment} from './layers/given_moments.js';
export type {Renorm, RenormClipping} from './layers/batch_renorm.js';
export type {KernelWrapperArgs} from './layers/kernel_wrapper.js';
export {replaceTfjsLayers} from './layers/replace_tfjs_layers.js';
export type {
  ConstraintIdentifier,
  InitializerIdentifier,
  LayerArgs,
  RegularizerIdentifier,
} from './layers/tfjs_types.js';

registerNormalization();
registerLayers();
