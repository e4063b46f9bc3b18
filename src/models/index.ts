/** What rewrites models in memory: `tfjs-normalization/models`. Importing registers the kernels. */
import {registerNormalization} from '../register.js';

export {foldBatchNorm, type FoldReport} from './fold_batch_norm.js';
export {fuseLayers, type FuseReport} from './fuse_layers.js';
export type {Refusal} from './report.js';

registerNormalization();
