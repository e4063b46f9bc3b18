/** The ops alone, without layers: `tfjs-normalization/ops`. Importing registers the kernels. */
import {registerNormalization} from '../register.js';

export type {Activation} from '../activation.js';
export {backendInfo, type BackendInfo} from '../backend_info.js';
export {addLayerNorm, type AddLayerNormConfig} from './add_layer_norm.js';
export type {AddNormConfig, AddNormResult} from './add_normalized.js';
export {addRmsNorm, type AddRmsNormConfig} from './add_rms_norm.js';
export type {AffineConfig, MaskConfig} from './arguments.js';
export {batchNorm, type BatchNormConfig, type BatchNormResult} from './batch_norm.js';
export {batchNormInference, type BatchNormInferenceConfig} from './batch_norm_inference.js';
export {filterResponseNorm, type FilterResponseNormConfig} from './filter_response_norm.js';
export {groupNorm, type GroupNormConfig} from './group_norm.js';
export {instanceNorm, type InstanceNormConfig} from './instance_norm.js';
export {layerNorm, type LayerNormConfig} from './layer_norm.js';
export {localResponseNorm, type LocalResponseNormConfig} from './local_response_norm.js';
export {normalize, type NormalizeConfig, type StatisticName} from './normalize.js';
export {powerNorm} from './power_norm.js';
export type {PowerNormBackwardMode, PowerNormConfig} from './power_norm_config.js';
export {powerNormState, type PowerNormState} from './power_norm_state.js';
export {rmsNorm, type RmsNormConfig} from './rms_norm.js';
export {l1Normalize, l2Normalize, type UnitNormConfig} from './unit_norm.js';

registerNormalization();
