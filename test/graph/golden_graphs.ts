/** GraphModels that the converter wrote, and what TensorFlow computes by them: see ../golden/make_graphs.py. */
import * as tf from '@tensorflow/tfjs';
import {fuseNormalizations, type GraphReport} from '../../src/graph/index.js';
import {type Case, tidyCase} from '../cases/case.js';
import {assert, assertClose, assertSame} from '../close.js';
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
  const data = Uint8Array.from(atob(weightData), c => c.charCodeAt(0)).buffer;
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

/** The error that the converter's own rounding of weights leaves. */
const ROUNDED: Record<string, number> = {quantized: 2e-2, 'quantized to float16': 2e-3};

/** Runs the model with its normalizations fused, which must be as in TensorFlow, and gives the report of it. */
export async function checkGolden(name: string): Promise<GraphReport> {
  const handler = fuseNormalizations(artifactsOf(name));
  const model = await tf.loadGraphModel(handler);
  const inputs = inputsOf(name);
  const before = tf.memory().numTensors;
  // tfjs says that what is not in a loop need not be waited for.
  const named = outputsOf(name);
  const outputs = [
    name === 'in a loop' ? await model.executeAsync(inputs, named) : model.execute(inputs, named),
  ].flat();
  const made = tf.memory().numTensors - before;
  assert(made === outputs.length, () => `${made} tensors for ${outputs.length} outputs`);
  for (const [i, {shape, values}] of expectedOf(name).entries()) {
    assertSame('shape', outputs[i].shape, shape);
    assertClose('output', await outputs[i].data(), values, ROUNDED[name] ?? 1e-5);
  }
  tf.dispose([inputs, outputs]);
  model.dispose();
  return handler.report!;
}

export const graphCases: Case[] = NAMES.map(name =>
  tidyCase(`GraphModel: ${name}`, async () => {
    await checkGolden(name);
  }),
);
