import {serialization} from '@tensorflow/tfjs-core';
import {registerAliases} from './aliases.js';
import {BatchNormalization} from './batch_normalization.js';
import {GroupNormalization} from './group_normalization.js';
import {InstanceNormalization} from './instance_normalization.js';
import {LayerNormalization} from './layer_normalization.js';
import {PowerNormalization} from './power_normalization.js';
import {RMSNormalization} from './rms_normalization.js';
import {L1Normalization, L2Normalization, UnitNormalization} from './unit_normalization.js';

type LayerClass = serialization.SerializableConstructor<serialization.Serializable>;

/** Makes saved models with these layers load. Importing the package calls it. */
export function registerLayers(): void {
  const classes = [
    BatchNormalization,
    GroupNormalization,
    InstanceNormalization,
    L1Normalization,
    L2Normalization,
    LayerNormalization,
    PowerNormalization,
    RMSNormalization,
    UnitNormalization,
  ];
  for (const cls of classes) serialization.registerClass(cls as unknown as LayerClass);
  registerAliases();
}
