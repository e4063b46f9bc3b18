import {serialization} from '@tensorflow/tfjs-core';
import {BatchNormalization} from './batch_normalization.js';
import {FilterResponseNormalization} from './filter_response_normalization.js';
import {GroupNormalization} from './group_normalization.js';
import {InstanceNormalization} from './instance_normalization.js';
import {SpectralNormalization} from './spectral_normalization.js';
import {ThresholdedLinearUnit} from './thresholded_linear_unit.js';
import {WeightNormalization} from './weight_normalization.js';

/**
 * What saved models call our layers besides our own names: TensorFlow Addons' with its prefix, and
 * Keras's former ones. Each writes the config keys and weights of the layer that it stands for.
 */
const ALIASES = (): Record<string, object> => ({
  'Addons>FilterResponseNormalization': FilterResponseNormalization,
  'Addons>GroupNormalization': GroupNormalization,
  'Addons>InstanceNormalization': InstanceNormalization,
  'Addons>SpectralNormalization': SpectralNormalization,
  'Addons>TLU': ThresholdedLinearUnit,
  'Addons>WeightNormalization': WeightNormalization,
  BatchNormalizationV1: BatchNormalization,
  BatchNormalizationV2: BatchNormalization,
  SyncBatchNormalization: BatchNormalization,
});

/** Makes models with these names load; saved again, they have ours. */
export function registerAliases(): void {
  const {classNameMap} = serialization.SerializationMap.getMap();
  for (const [name, cls] of Object.entries(ALIASES())) {
    const constructor = cls as (typeof classNameMap)[string][0];
    classNameMap[name] = [constructor, constructor.fromConfig];
  }
}
