/** GraphModels, which the converter writes: `tfjs-normalization/graph`. Importing registers the kernels. */
import {registerNormalization} from '../register.js';
import {registerGraphOps} from './register_ops.js';

export {
  analyzeGraph,
  fuseNormalizations,
  type FusingHandler,
  type LoadedModel,
} from './fuse_normalizations.js';
export type {NormKind} from './kind.js';
export type {FusedNorm, GraphReport, RefusedNorm} from './report.js';

registerNormalization();
registerGraphOps();
