/**
 * The layers as functions, in the manner of `tf.layers`. Each registers its class when it is imported, and a
 * bundler that keeps one of them keeps no other.
 */
import * as classes from './classes.js';
import {instanceNormalizationFrom} from './foreign_instance_normalization.js';
import {asLayerClass, type FromConfig, registerLayer} from './register_layer.js';

/** Makes saved models with this layer load; the function takes its constructor's arguments. */
function layer<Args extends unknown[], Layer>(
  cls: (new (...args: Args) => Layer) & {readonly className: string},
  fromConfig?: FromConfig,
) {
  registerLayer(cls.className, asLayerClass(cls), fromConfig);
  return (...args: Args): Layer => new cls(...args);
}

/**
 * Normalizes its first input, and scales and shifts it by what a dense layer makes of the second, the condition:
 * {@link AdaptiveNormalization}, as in diffusion transformers.
 */
export const adaptiveNormalization = /* @__PURE__ */ layer(classes.AdaptiveNormalization);

/** Adds its two inputs and normalizes the sum; gives out both: {@link AddNormalization}. */
export const addNormalization = /* @__PURE__ */ layer(classes.AddNormalization);

/**
 * Normalizes each feature by its mean and variance over the batch, or by moving averages of these
 * at inference: {@link BatchNormalization}, as in Keras.
 */
export const batchNormalization = /* @__PURE__ */ layer(classes.BatchNormalization);

/** Squashes by the error function in the place of normalizing: {@link DynamicErf}, Derf. */
export const dynamicErf = /* @__PURE__ */ layer(classes.DynamicErf);

/** Squashes by tanh in the place of normalizing: {@link DynamicTanh}, DyT. */
export const dynamicTanh = /* @__PURE__ */ layer(classes.DynamicTanh);

/**
 * Divides each channel of each example by its root mean square over all positions:
 * {@link FilterResponseNormalization}, as in TensorFlow Addons.
 */
export const filterResponseNormalization = /* @__PURE__ */ layer(
  classes.FilterResponseNormalization,
);

/**
 * Lets each channel grow with its share of the response: {@link GlobalResponseNormalization}, as in ConvNeXt V2.
 */
export const globalResponseNormalization = /* @__PURE__ */ layer(
  classes.GlobalResponseNormalization,
);

/**
 * Normalizes each group of channels of each example by its own mean and variance:
 * {@link GroupNormalization}, as in Keras.
 */
export const groupNormalization = /* @__PURE__ */ layer(classes.GroupNormalization);

/**
 * Normalizes each channel of each example by its own mean and variance:
 * {@link InstanceNormalization}, as in TensorFlow Addons.
 */
export const instanceNormalization = /* @__PURE__ */ layer(
  classes.InstanceNormalization,
  instanceNormalizationFrom,
);

/** Divides each vector by the sum of its absolute values: {@link L1Normalization}. */
export const l1Normalization = /* @__PURE__ */ layer(classes.L1Normalization);

/** Divides each vector by its Euclidean norm: {@link L2Normalization}. */
export const l2Normalization = /* @__PURE__ */ layer(classes.L2Normalization);

/**
 * Normalizes each example by the mean and variance of its own features:
 * {@link LayerNormalization}, as in Keras.
 */
export const layerNormalization = /* @__PURE__ */ layer(classes.LayerNormalization);

/** Multiplies each channel by a trained number that starts near 0: {@link LayerScale}, as in CaiT. */
export const layerScale = /* @__PURE__ */ layer(classes.LayerScale);

/**
 * Divides each value by a power of the sum of squares over its neighbouring channels:
 * {@link LocalResponseNormalization}, as in AlexNet.
 */
export const localResponseNormalization = /* @__PURE__ */ layer(classes.LocalResponseNormalization);

/**
 * Shifts and scales each feature by a mean and variance that are learnt from data before training,
 * or given: {@link Normalization}, as in Keras.
 */
export const normalization = /* @__PURE__ */ layer(classes.Normalization);

/**
 * Divides each channel by its running quadratic mean, in training too:
 * {@link PowerNormalization}, as in PowerNorm.
 */
export const powerNormalization = /* @__PURE__ */ layer(classes.PowerNormalization);

/**
 * Divides each example by the root mean square of its own features: {@link RMSNormalization}, as in
 * Keras.
 */
export const rmsNormalization = /* @__PURE__ */ layer(classes.RMSNormalization);

/**
 * Wraps a layer and divides its kernel by its largest singular value:
 * {@link SpectralNormalization}, as in Keras.
 */
export const spectralNormalization = /* @__PURE__ */ layer(classes.SpectralNormalization);

/**
 * A rectifier with a trained threshold: {@link ThresholdedLinearUnit}, the `TLU` of TensorFlow
 * Addons.
 */
export const thresholdedLinearUnit = /* @__PURE__ */ layer(classes.ThresholdedLinearUnit);

/** Divides each vector by its Euclidean or L1 norm: {@link UnitNormalization}, as in Keras. */
export const unitNormalization = /* @__PURE__ */ layer(classes.UnitNormalization);

/**
 * Wraps a layer and trains its kernel's length and direction in the place of the kernel:
 * {@link WeightNormalization}, as in TensorFlow Addons.
 */
export const weightNormalization = /* @__PURE__ */ layer(classes.WeightNormalization);

/** Wraps a layer and standardizes its kernel at each call: {@link WeightStandardization}. */
export const weightStandardization = /* @__PURE__ */ layer(classes.WeightStandardization);
