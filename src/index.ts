/** Normalization for TensorFlow.js. Importing registers kernels, gradients and layer classes. */
import {registerLayers} from './layers/register_layers.js';
import {registerNormalization} from './register.js';

export {accelerate, type AccelerateConfig} from './accelerate/accelerate.js';
export type {RegisterOp} from './accelerate/graph_models.js';
export * from './entries/core.js';
export {fromKeras} from './keras/from_keras.js';
export type {KerasVersion} from './keras/keras_layer.js';
export {toKeras, type ToKerasConfig} from './keras/to_keras.js';
export * as layers from './layers/index.js';
export * from './layers/classes.js';
export * from './layers/bases_and_types.js';

registerNormalization();
registerLayers();
