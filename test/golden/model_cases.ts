/** Whole models of other frameworks, with what they compute: keras_models.py. */
import * as tf from '@tensorflow/tfjs-core';
import {loadLayersModel} from '@tensorflow/tfjs-layers';
import * as tfn from '../../src/index.js';
import type {Comparison} from './op_cases.js';
import values from './models.json' with {type: 'json'};

type Values = {shape: number[]; values: number[]};

export type ModelCase = {
  name: string;
  modelTopology: object;
  weightSpecs: tf.io.WeightsManifestEntry[];
  /** float32, in base64. */
  weightData: string;
  inputs: Values[];
  /** Of a call in training before, which changes what the model computes. */
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

export const tensorOf = ({shape, values}: Values): tf.Tensor => tf.tensor(values, shape);

/** The outputs of the model as it is loaded here, with their shapes. */
export async function outputsOf(model: ModelCase): Promise<Array<Comparison & {shape: number[]}>> {
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
