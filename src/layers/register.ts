import {serialization} from '@tensorflow/tfjs-core';
import {registerAliases} from './aliases.js';
import {BatchNormalization} from './batch_normalization.js';
import {FilterResponseNormalization} from './filter_response_normalization.js';
import {GroupNormalization} from './group_normalization.js';
import {InstanceNormalization} from './instance_normalization.js';
import {LayerNormalization} from './layer_normalization.js';
import {LocalResponseNormalization} from './local_response_normalization.js';
import {Normalization} from './normalization.js';
import {PowerNormalization} from './power_normalization.js';
import {RMSNormalization} from './rms_normalization.js';
import {SpectralNormalization} from './spectral_normalization.js';
import {ThresholdedLinearUnit} from './thresholded_linear_unit.js';
import {L1Normalization, L2Normalization, UnitNormalization} from './unit_normalization.js';
import {WeightNormalization} from './weight_normalization.js';

type LayerClass = serialization.SerializableConstructor<serialization.Serializable>;

/** Makes saved models with these layers load. Importing the package calls it. */
export function registerLayers(): void {
  const classes = [
    BatchNormalization,
    FilterResponseNormalization,
    GroupNormalization,
    InstanceNormalization,
    L1Normalization,
    L2Normalization,
    LayerNormalization,
    LocalResponseNormalization,
    Normalization,
    PowerNormalization,
    RMSNormalization,
    SpectralNormalization,
    ThresholdedLinearUnit,
    UnitNormalization,
    WeightNormalization,
  ];
  for (const cls of classes) serialization.registerClass(cls as unknown as LayerClass);
  registerAliases();
}
