/** The ops without kernels: `tfjs-normalization/core`. Importing changes nothing; a backend's entry brings its kernels. */
export type {Activation} from '../activation.js';
export {backendInfo, type BackendInfo} from '../backend_info.js';
export type {AffineConfig, MaskConfig} from '../ops/arguments.js';
export {batchNorm, type BatchNormConfig, type BatchNormResult} from '../ops/batch_norm.js';
export {batchNormInference, type BatchNormInferenceConfig} from '../ops/batch_norm_inference.js';
export {filterResponseNorm, type FilterResponseNormConfig} from '../ops/filter_response_norm.js';
export {groupNorm, type GroupNormConfig} from '../ops/group_norm.js';
export {instanceNorm, type InstanceNormConfig} from '../ops/instance_norm.js';
export {layerNorm, type LayerNormConfig} from '../ops/layer_norm.js';
export {localResponseNorm, type LocalResponseNormConfig} from '../ops/local_response_norm.js';
export {normalize, type NormalizeConfig, type StatisticName} from '../ops/normalize.js';
export {powerNorm} from '../ops/power_norm.js';
export type {PowerNormBackwardMode, PowerNormConfig} from '../ops/power_norm_config.js';
export {powerNormState, type PowerNormState} from '../ops/power_norm_state.js';
export {rmsNorm, type RmsNormConfig} from '../ops/rms_norm.js';
export {l1Normalize, l2Normalize, type UnitNormConfig} from '../ops/unit_norm.js';
