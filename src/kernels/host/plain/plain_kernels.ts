import type {AttrsOf, KernelName} from '../../contract.js';
import type {Arrays} from '../arrays.js';
import {normalize} from './normalize.js';
import {normalizeGiven} from './normalize_given.js';
import {normalizeGrad} from './normalize_grad.js';

/** Loops in double precision that take any view. They write the outputs, which are among the arrays. */
export const PLAIN: {[Name in KernelName]: (arrays: Arrays, attrs: AttrsOf[Name]) => void} = {
  FusedNormalize: normalize,
  FusedNormalizeGiven: normalizeGiven,
  FusedNormalizeGrad: normalizeGrad,
};
