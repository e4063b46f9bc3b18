/** The functions that rewrite, measure and repair models in memory: `tfjs-normalization/models`. Importing registers the kernels. */
import {registerNormalization} from '../register.js';

export {compare, type CompareConfig, type ComparedRow, type CompareReport} from './compare.js';
export {foldBatchNorm, type FoldReport} from './fold_batch_norm.js';
export {freezeBatchNorm, type FreezeConfig, type FreezeReport} from './freeze_batch_norm.js';
export {fuseLayers, type FuseReport} from './fuse_layers.js';
export {isNormParameter} from './is_norm_parameter.js';
export type {Finding, FindingKind, InspectedLayer} from './finding.js';
export {inspect, type InspectConfig, type InspectReport} from './inspect.js';
export {mergeMoments, type PartMoments, type PooledMoments} from './merge_moments.js';
export type {
  LabelledInputs,
  ModelData,
  ModelDataset,
  ModelInputs,
  OnProgress,
  Progress,
} from './model_data.js';
export {recalibrate, type RecalibrateConfig, type RecalibrateReport} from './recalibrate.js';
export type {Recalibrated} from './recalibration.js';
export {replaceBatchNorm, type ReplaceConfig, type ReplaceReport} from './replace_batch_norm.js';
export type {Refusal} from './report.js';
export type {NormRecord} from './norm_record.js';
export {type NormWatch, type WatchConfig, watchNorms} from './watch_norms.js';

registerNormalization();
