/** Names in other people's models. These have our config keys and weights; saved again, our names. */
import * as classes from './classes.js';
import {asLayerClass, registerLayer} from './register_layer.js';

/** Our classes that models of TensorFlow Addons name with its prefix. */
const ADDONS = [
  classes.FilterResponseNormalization,
  classes.GroupNormalization,
  classes.InstanceNormalization,
  classes.SpectralNormalization,
  classes.ThresholdedLinearUnit,
  classes.WeightNormalization,
];
/** Keras's other and former names of batch normalization. */
const KERAS = ['BatchNormalizationV1', 'BatchNormalizationV2', 'SyncBatchNormalization'];

/** Makes models with these names load. */
export function registerAliases(): void {
  for (const cls of ADDONS) registerLayer(`Addons>${cls.className}`, asLayerClass(cls));
  for (const name of KERAS) registerLayer(name, asLayerClass(classes.BatchNormalization));
}
