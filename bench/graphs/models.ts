import type * as tf from '@tensorflow/tfjs';
import {madeArtifacts} from './made.js';
import {maximArtifacts} from './maxim.js';
import {styleArtifacts} from './style.js';

export type GraphModel = {
  name: string;
  /** The shapes of its inputs, in order. */
  inputs: number[][];
  artifacts: () => tf.io.ModelArtifacts | Promise<tf.io.ModelArtifacts>;
  /** How many norms must be fused, all that there are. */
  norms: number;
  /** How many nodes run, and at most when it is fused. */
  nodes: [before: number, after: number];
  /** Why a backend cannot run it. */
  not?: Record<string, string>;
};

export const MODELS: GraphModel[] = [
  {
    name: 'MAXIM denoising (UpscalerJS)',
    inputs: [[1, 64, 64, 3]],
    artifacts: maximArtifacts,
    norms: 372,
    nodes: [25_015, 17_300],
    not: {wasm: 'tfjs has no einsum there', cpu: 'it takes minutes'},
  },
  {
    name: 'arbitrary style transfer (Magenta, separable)',
    inputs: [
      [1, 128, 128, 3],
      [1, 1, 1, 100],
    ],
    artifacts: styleArtifacts,
    norms: 13,
    nodes: [345, 228],
  },
  made('pix2pix generator', [1, 128, 128, 3], 11, [48, 48]),
  made('transformer encoder, epsilon 1e-3', [1, 128, 128], 4, [98, 82]),
  made('transformer encoder, epsilon 1e-6', [1, 128, 128], 4, [118, 82]),
];

function made(
  name: string,
  input: number[],
  norms: number,
  nodes: GraphModel['nodes'],
): GraphModel {
  return {name, inputs: [input], artifacts: () => madeArtifacts(name), norms, nodes};
}
