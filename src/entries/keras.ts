/** The functions that read and write Keras's files: `tfjs-normalization/keras`. Importing registers all layers. */
import {registerLayers} from '../layers/register_layers.js';

export {fromKeras} from '../keras/from_keras.js';
export type {KerasVersion} from '../keras/keras_layer.js';
export {toKeras, type ToKerasConfig} from '../keras/to_keras.js';

registerLayers();
