/**
 * The layers without kernels: `tfjs-normalization/layers`. Importing registers the classes of those layers
 * that the program uses; `registerLayers()` registers all.
 */
export * from '../layers/index.js';
export * from '../layers/classes.js';
export {registerLayers} from '../layers/register_layers.js';
export {replaceTfjsLayers} from '../layers/replace_tfjs_layers.js';
export type {LocalResponseNormConfig} from '../ops/local_response_norm.js';
export type {PowerNormBackwardMode} from '../ops/power_norm_config.js';
export type {AdaptData} from '../layers/adapt_data.js';
export {AffineLayer, type AffineLayerArgs} from '../layers/affine_layer.js';
export type {GivenMoment} from '../layers/given_moments.js';
export type {Renorm, RenormClipping} from '../layers/batch_renorm.js';
export type {KernelWrapperArgs} from '../layers/kernel_wrapper.js';
export {NormalizationLayer, type Plan} from '../layers/normalization_layer.js';
export type {SquashLayerArgs} from '../layers/squash_layer.js';
export {Weight, type WeightRules} from '../layers/weight.js';
export type {
  Constraint,
  ConstraintIdentifier,
  Initializer,
  InitializerIdentifier,
  Kwargs,
  LayerArgs,
  Regularizer,
  RegularizerIdentifier,
} from '../layers/tfjs_types.js';
