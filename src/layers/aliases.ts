/** Names in other people's models. These have our config keys and weights; saved again, our names. */
import {serialization} from '@tensorflow/tfjs-core';

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

/** Makes models with these names load, once our classes are registered. */
export function registerAliases(): void {
  const {classNameMap} = serialization.SerializationMap.getMap();
  for (const name of ADDONS) classNameMap[`Addons>${name}`] = classNameMap[name];
  for (const name of KERAS) classNameMap[name] = classNameMap['FusedBatchNormalization'];
}
