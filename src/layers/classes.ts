/** The classes of all layers, which the package exports. */
export * from './batch_normalization.js';
export * from './filter_response_normalization.js';
export * from './group_normalization.js';
export * from './instance_normalization.js';
export * from './layer_normalization.js';
export * from './local_response_normalization.js';
export * from './normalization.js';
export * from './power_normalization.js';
export * from './rms_normalization.js';
export * from './spectral_normalization.js';
export * from './thresholded_linear_unit.js';
export * from './unit_normalization.js';
export * from './weight_normalization.js';
