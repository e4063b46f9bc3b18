/** The bases to derive from, and the types, which the whole package and its entry of layers export beside the layers. */
export type {AdaptData} from './adapt_data.js';
export {AffineLayer, type AffineLayerArgs} from './affine_layer.js';
export type {GivenMoment} from './given_moments.js';
export type {Renorm, RenormClipping} from './batch_renorm.js';
export type {KernelWrapperArgs} from './kernel_wrapper.js';
export type {Plan} from './layer_plan.js';
export {NormalizationLayer} from './normalization_layer.js';
export {replaceTfjsLayers} from './replace_tfjs_layers.js';
export type {SquashLayerArgs} from './squash_layer.js';
export {Weight, type WeightRules} from './weight.js';
export type {
  Constraint,
  ConstraintIdentifier,
  Initializer,
  InitializerIdentifier,
  Kwargs,
  LayerArgs,
  Regularizer,
  RegularizerIdentifier,
} from './tfjs_types.js';
