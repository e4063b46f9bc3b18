/** GraphModels that the converter wrote, and what TensorFlow computes by them: see ../golden/make_graphs.py. */
import * as tf from '@tensorflow/tfjs';
import values from '../golden/graphs.json' with {type: 'json'};

type Values = {shape: number[]; values: number[]};
type Golden = Pick<tf.io.ModelArtifacts, 'modelTopology' | 'signature' | 'weightSpecs'> & {
  weightData: string;
  inputs: Record<string, Values>;
  outputs: Record<string, Values>;
};

const GOLDEN = values as unknown as Record<string, Golden>;

export const NAMES = Object.keys(GOLDEN);

/** The model's files, anew in each call. */
export function artifactsOf(name: string): tf.io.ModelArtifacts {
  const {modelTopology, signature, weightSpecs, weightData} = GOLDEN[name];
  const topology = JSON.parse(JSON.stringify(modelTopology)) as object;
  const data = new Uint8Array(Buffer.from(weightData, 'base64')).buffer;
  return {modelTopology: topology, signature, weightSpecs, weightData: data};
}

export const inputsOf = (name: string): Record<string, tf.Tensor> =>
  Object.fromEntries(
    Object.entries(GOLDEN[name].inputs).map(([key, {shape, values}]) => [
      key,
      tf.tensor(values, shape, 'float32'),
    ]),
  );

/** The names of the outputs, in order. */
export const outputsOf = (name: string): string[] => Object.keys(GOLDEN[name].outputs);

/** What TensorFlow computes of the inputs. */
export const expectedOf = (name: string): Values[] => Object.values(GOLDEN[name].outputs);
