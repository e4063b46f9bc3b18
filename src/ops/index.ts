/** The ops alone, without layers: `tfjs-normalization/ops`. Importing registers the kernels. */
import {registerNormalization} from '../register.js';

export * from '../entries/core.js';

registerNormalization();
