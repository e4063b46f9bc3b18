/** Whole models of other frameworks, with what they compute: test/golden/keras_models.py. */
import {readFileSync} from 'node:fs';
import * as tf from '@tensorflow/tfjs-core';

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

export const MODELS = JSON.parse(readFileSync('test/golden/models.json', 'utf8')) as ModelCase[];

/** The model's files, as a handler of the file system would read them. */
export const filesOf = ({modelTopology, weightSpecs, weightData}: ModelCase): tf.io.IOHandler =>
  tf.io.fromMemory({
    ...copy({modelTopology, weightSpecs}),
    weightData: new Uint8Array(Buffer.from(weightData, 'base64')).buffer,
  });

// Not structuredClone: its arrays are not those of jest's realm, which tfjs asks for.
const copy = <T>(json: T): T => JSON.parse(JSON.stringify(json)) as T;

export const tensorOf = ({shape, values}: Values): tf.Tensor => tf.tensor(values, shape);
