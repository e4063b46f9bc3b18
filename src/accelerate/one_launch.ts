import {env} from '@tensorflow/tfjs-core';

/**
 * Whether the backend's own forward pass with given statistics is the faster one: on WebGL it is one launch in
 * every layout, and ours two more where an odd number of rows has to be packed anew. Where textures are
 * not packed, WebGL's takes the mean away after it has scaled, which costs digits.
 */
export const hasOneLaunch = (backend: string): boolean =>
  backend === 'webgl' && env().getBool('WEBGL_PACK_NORMALIZATION');
