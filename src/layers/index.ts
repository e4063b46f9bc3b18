/** The layers as factories, in the manner of `tf.layers`. Each class says what its layer does. */
import {BatchNormalization, type BatchNormalizationArgs} from './batch_normalization.js';
import {
  FilterResponseNormalization,
  type FilterResponseNormalizationArgs,
} from './filter_response_normalization.js';
import {GroupNormalization, type GroupNormalizationArgs} from './group_normalization.js';
import {InstanceNormalization, type InstanceNormalizationArgs} from './instance_normalization.js';
import {LayerNormalization, type LayerNormalizationArgs} from './layer_normalization.js';
import {
  LocalResponseNormalization,
  type LocalResponseNormalizationArgs,
} from './local_response_normalization.js';
import {Normalization, type NormalizationArgs} from './normalization.js';
import {PowerNormalization, type PowerNormalizationArgs} from './power_normalization.js';
import {RMSNormalization, type RMSNormalizationArgs} from './rms_normalization.js';
import {SpectralNormalization, type SpectralNormalizationArgs} from './spectral_normalization.js';
import {ThresholdedLinearUnit, type ThresholdedLinearUnitArgs} from './thresholded_linear_unit.js';
import {
  L1Normalization,
  type L1NormalizationArgs,
  L2Normalization,
  type L2NormalizationArgs,
  UnitNormalization,
  type UnitNormalizationArgs,
} from './unit_normalization.js';
import {WeightNormalization, type WeightNormalizationArgs} from './weight_normalization.js';

export const batchNormalization = (args?: BatchNormalizationArgs): BatchNormalization =>
  new BatchNormalization(args);

export const layerNormalization = (args?: LayerNormalizationArgs): LayerNormalization =>
  new LayerNormalization(args);

export const groupNormalization = (args?: GroupNormalizationArgs): GroupNormalization =>
  new GroupNormalization(args);

export const instanceNormalization = (args?: InstanceNormalizationArgs): InstanceNormalization =>
  new InstanceNormalization(args);

export const powerNormalization = (args?: PowerNormalizationArgs): PowerNormalization =>
  new PowerNormalization(args);

export const rmsNormalization = (args?: RMSNormalizationArgs): RMSNormalization =>
  new RMSNormalization(args);

export const unitNormalization = (args?: UnitNormalizationArgs): UnitNormalization =>
  new UnitNormalization(args);

export const l1Normalization = (args?: L1NormalizationArgs): L1Normalization =>
  new L1Normalization(args);

export const l2Normalization = (args?: L2NormalizationArgs): L2Normalization =>
  new L2Normalization(args);

export const spectralNormalization = (args: SpectralNormalizationArgs): SpectralNormalization =>
  new SpectralNormalization(args);

export const weightNormalization = (args: WeightNormalizationArgs): WeightNormalization =>
  new WeightNormalization(args);

export const filterResponseNormalization = (
  args?: FilterResponseNormalizationArgs,
): FilterResponseNormalization => new FilterResponseNormalization(args);

export const localResponseNormalization = (
  args?: LocalResponseNormalizationArgs,
): LocalResponseNormalization => new LocalResponseNormalization(args);

export const normalization = (args?: NormalizationArgs): Normalization => new Normalization(args);

export const thresholdedLinearUnit = (args?: ThresholdedLinearUnitArgs): ThresholdedLinearUnit =>
  new ThresholdedLinearUnit(args);
