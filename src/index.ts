/** Normalization for TensorFlow.js. Importing registers kernels, gradients and layer classes. */
import {registerLayers} from './layers/register.js';

export * from './ops/index.js';
export {fromKeras} from './keras/from_keras.js';
export {toKeras, type ToKerasConfig} from './keras/to_keras.js';
export * as layers from './layers/index.js';
export type {AdaptData} from './layers/adapt_data.js';
export {BatchNormalization, type BatchNormalizationArgs} from './layers/batch_normalization.js';
export type {Renorm, RenormClipping} from './layers/batch_renorm.js';
export {
  FilterResponseNormalization,
  type FilterResponseNormalizationArgs,
} from './layers/filter_response_normalization.js';
export {GroupNormalization, type GroupNormalizationArgs} from './layers/group_normalization.js';
export {
  InstanceNormalization,
  type InstanceNormalizationArgs,
} from './layers/instance_normalization.js';
export {LayerNormalization, type LayerNormalizationArgs} from './layers/layer_normalization.js';
export {
  LocalResponseNormalization,
  type LocalResponseNormalizationArgs,
} from './layers/local_response_normalization.js';
export {Normalization, type NormalizationArgs} from './layers/normalization.js';
export {PowerNormalization, type PowerNormalizationArgs} from './layers/power_normalization.js';
export {replaceTfjsLayers} from './layers/replace_tfjs_layers.js';
export {RMSNormalization, type RMSNormalizationArgs} from './layers/rms_normalization.js';
export {
  SpectralNormalization,
  type SpectralNormalizationArgs,
} from './layers/spectral_normalization.js';
export {
  ThresholdedLinearUnit,
  type ThresholdedLinearUnitArgs,
} from './layers/thresholded_linear_unit.js';
export {
  L1Normalization,
  type L1NormalizationArgs,
  L2Normalization,
  type L2NormalizationArgs,
  UnitNormalization,
  type UnitNormalizationArgs,
} from './layers/unit_normalization.js';
export {WeightNormalization, type WeightNormalizationArgs} from './layers/weight_normalization.js';

registerLayers();
