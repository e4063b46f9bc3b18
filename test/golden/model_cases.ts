/** Whole models of other frameworks, with what they compute: keras_models.py. */
import * as tf from '@tensorflow/tfjs-core';
import {loadLayersModel} from '@tensorflow/tfjs-layers';
import * as tfn from '../../src/index.js';
import {type Comparison, type Subject, tensorOf, type Values} from './comparison.js';
import values from './models.json' with {type: 'json'};

export type ModelCase = {
  name: string;
  modelTopology: object;
  weightSpecs: tf.io.WeightsManifestEntry[];
  /** float32, in base64. */
  weightData: string;
  inputs: Values[];
  /** The input of a call in training before, which changes what the model computes. */
  trainingOutputs?: Values[];
  outputs: Values[];
};

export const MODELS = values as unknown as ModelCase[];

/** The model's files, as a handler of the file system would read them. */
export const filesOf = ({modelTopology, weightSpecs, weightData}: ModelCase): tf.io.IOHandler =>
  tf.io.fromMemory({
    // tfjs writes to what it reads.
    ...(JSON.parse(JSON.stringify({modelTopology, weightSpecs})) as tf.io.ModelArtifacts),
    weightData: Uint8Array.from(atob(weightData), byte => byte.charCodeAt(0)).buffer,
  });

export {tensorOf};

/** The outputs of the model as it is loaded here, with their shapes. */
async function outputsOf(model: ModelCase): Promise<Comparison[]> {
  const loaded = await loadLayersModel(tfn.fromKeras(filesOf(model)));
  const inputs = model.inputs.map(tensorOf);
  const found = [true, false].flatMap(training => {
    const expected = (training ? model.trainingOutputs : model.outputs) ?? [];
    if (expected.length === 0) return [];
    const outputs = [loaded.apply(inputs, {training})].flat() as tf.Tensor[];
    return outputs.map((actual, i) => {
      const name = `output ${i}, training ${training}`;
      return {name, actual, expected: expected[i].values, shape: expected[i].shape};
    });
  });
  // Its own dispose leaves what it calls twice.
  tf.dispose(loaded.weights.map(weight => weight.read()));
  return found;
}

export const modelSubjects = MODELS.map((c): Subject => {
  const [framework, subject] = c.name.split(', ');
  return {
    ...{framework: `Models of ${framework}`, subject, name: c.name},
    // A dozen layers in float32, rounded in another order on each side.
    tolerance: 2e-5,
    compare: async () => ({forward: await outputsOf(c)}),
  };
});
