import {serialization} from '@tensorflow/tfjs-core';
import * as classes from './classes.js';

/** Our classes that models of TensorFlow Addons name with its prefix. */
const ADDONS = [
  'FilterResponseNormalization',
  'GroupNormalization',
  'InstanceNormalization',
  'SpectralNormalization',
  'TLU',
  'WeightNormalization',
];
/** Keras's other and former names of batch normalization. */
const KERAS = ['BatchNormalizationV1', 'BatchNormalizationV2', 'SyncBatchNormalization'];

type LayerClass = serialization.SerializableConstructor<serialization.Serializable>;

/** Makes saved models with these layers load. Importing the package calls it. */
export function registerLayers(): void {
  for (const cls of Object.values(classes)) {
    serialization.registerClass(cls as unknown as LayerClass);
  }
  const {classNameMap} = serialization.SerializationMap.getMap();
  // These models have our config keys and weights; saved again, they have our names.
  for (const name of ADDONS) classNameMap[`Addons>${name}`] = classNameMap[name];
  for (const name of KERAS) classNameMap[name] = classNameMap['FusedBatchNormalization'];
}
