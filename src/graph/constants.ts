/** The small constants among a model's weights, where these are there when the file is read. */
import {io, tidy, util} from '@tensorflow/tfjs-core';
import type {Constants} from './slice.js';

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

/** Those up to `LARGEST` elements; none if the weights are a stream, or are not where their specs say. */
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
    if (isNumbers && util.sizeFromShape(spec.shape) <= LARGEST) {
      constants.set(spec.name, valuesOf(bytes.slice(start, start + length), spec));
    }
    start += length;
  }
  return constants;
}

function byteLength({dtype, shape, quantization}: io.WeightsManifestEntry): number | null {
  const bytes = BYTES[quantization?.dtype ?? dtype];
  return bytes == null ? null : bytes * util.sizeFromShape(shape);
}

/** The values as tfjs itself decodes them. */
const valuesOf = (bytes: ArrayBuffer, spec: io.WeightsManifestEntry): ArrayLike<number> =>
  tidy(() => io.decodeWeights(bytes, [spec])[spec.name].dataSync()) as ArrayLike<number>;
