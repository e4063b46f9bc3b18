import * as tf from '@tensorflow/tfjs';
import json from '../../test/golden/graph_models.json' with {type: 'json'};

/** A model as test/golden/make_graph_models.py writes it. */
type Made = {
  modelTopology: object;
  signature: object;
  weightSpecs: tf.io.WeightsManifestEntry[];
  /** The values of the axes, the shapes and the like, or the one that all are. */
  told: Record<string, number[]>;
  input: number[];
};

const MADE = json as unknown as Record<string, Made>;

/** A model of TensorFlow with random weights, each of the size that leaves what it multiplies as large as it was. */
export function madeArtifacts(name: string): tf.io.ModelArtifacts {
  const {modelTopology, signature, weightSpecs, told} = MADE[name];
  const arrays = weightSpecs.map(({name, shape, dtype}, seed) => {
    if (name in told) {
      const values = told[name];
      const size = tf.util.sizeFromShape(shape);
      const all = values.length === size ? values : Array<number>(size).fill(values[0]);
      return dtype === 'int32' ? Int32Array.from(all) : Float32Array.from(all);
    }
    const limit = Math.sqrt(3 / (shape.length < 2 ? 1 : tf.util.sizeFromShape(shape.slice(0, -1))));
    return tf.tidy(() => tf.randomUniform(shape, -limit, limit, 'float32', seed + 1).dataSync());
  });
  const bytes = Buffer.concat(
    arrays.map(({buffer, byteOffset, byteLength}) => Buffer.from(buffer, byteOffset, byteLength)),
  );
  return {modelTopology, signature, weightSpecs, weightData: new Uint8Array(bytes).buffer};
}
