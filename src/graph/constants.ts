/** The small constants among a model's weights, where these are there when the file is read. */
import {io, tidy, util} from '@tensorflow/tfjs-core';

/** The known constants: none while their weights are not there. */
export type Constants = ReadonlyMap<string, ArrayLike<number>>;

/** Axes, shapes, exponents and epsilons are no more; there may be hundreds of megabytes of others. */
const LARGEST = 32;

const BYTES: Readonly<Record<string, number>> = {
  float32: 4,
  int32: 4,
  complex64: 8,
  float16: 2,
  uint16: 2,
  uint8: 1,
  bool: 1,
};

/** The constants of up to `LARGEST` elements, and longer lists whose elements are all alike; none if the weights are a stream, or are not where their specs say. */
export function constantsOf({
  weightSpecs = [],
  weightData,
  getWeightStream,
}: io.ModelArtifacts): Constants {
  const constants = new Map<string, ArrayLike<number>>();
  if (weightData == null || getWeightStream != null) return constants;
  const bytes = new io.CompositeArrayBuffer(weightData);
  let start = 0;
  for (const spec of weightSpecs) {
    const length = byteLength(spec);
    // Texts are as long as they are; what follows is left unknown.
    if (length == null || start + length > bytes.byteLength) break;
    const isNumbers = ['float32', 'int32'].includes(spec.dtype);
    const isSmall = util.sizeFromShape(spec.shape) <= LARGEST;
    if (isNumbers && (isSmall || spec.shape.length === 1)) {
      const values = valuesOf(bytes.slice(start, start + length), spec);
      if (isSmall || isUniform(values)) constants.set(spec.name, values);
    }
    start += length;
  }
  return constants;
}

/** Whether all are alike, as where a norm has no gamma. */
export const isUniform = (values: ArrayLike<number>): boolean =>
  values.length > 0 && Array.prototype.every.call(values, value => value === values[0]);

function byteLength({dtype, shape, quantization}: io.WeightsManifestEntry): number | null {
  const bytes = BYTES[quantization?.dtype ?? dtype];
  return bytes == null ? null : bytes * util.sizeFromShape(shape);
}

/** The values as tfjs itself decodes them. */
const valuesOf = (bytes: ArrayBuffer, spec: io.WeightsManifestEntry): ArrayLike<number> =>
  tidy(() => io.decodeWeights(bytes, [spec])[spec.name].dataSync()) as ArrayLike<number>;
