/**
 * The layers without kernels: `tfjs-normalization/layers`. Importing registers the classes of those layers
 * that the program uses; `registerLayers()` registers all.
 */
export * from '../layers/index.js';
export * from '../layers/classes.js';
export {registerLayers} from '../layers/register_layers.js';
export type {LocalResponseNormConfig} from '../ops/local_response_norm.js';
export type {PowerNormBackwardMode} from '../ops/power_norm_config.js';
export * from '../layers/bases_and_types.js';
