/** The batch norms of GraphModels, with all of their outputs: tfjs hands out the first one alone. */
import * as tf from '@tensorflow/tfjs-core';
import {batchNormOutputs} from '../ops/batch_norm_in_training.js';
import {acceleratedOn} from './in_force.js';

/** A node of a GraphModel, as tfjs-converter hands it to an op; text is in lower case. */
type GraphNode = {
  readonly inputs: tf.Tensor[];
  readonly attrs: {
    readonly is_training?: boolean;
    readonly data_format?: string;
    readonly epsilon?: number;
    readonly exponential_avg_factor?: number;
  };
};

/** tfjs-converter's function, which it is given with: not all programs have tfjs-converter. */
export type RegisterOp = (name: string, op: (node: GraphNode) => tf.Tensor | tf.Tensor[]) => void;

/** TensorFlow's default. */
const EPSILON = 1e-4;

/** Once in each copy of tfjs-converter, so that a program's own op stays that is registered later. */
const registered = new WeakSet<RegisterOp>();

/** What TensorFlow computes of the batch's own statistics. */
export const batchNormNode = ({inputs, attrs}: GraphNode): tf.Tensor[] =>
  batchNormOutputs(inputs, {
    format: (attrs.data_format ?? 'nhwc').toUpperCase(),
    epsilon: attrs.epsilon ?? EPSILON,
    factor: attrs.exponential_avg_factor ?? 1,
  });

/**
 * Puts an op in the place of tfjs's three, for the models that are loaded from then on. It stays, since
 * these need it; while nothing is accelerated it does what tfjs's does.
 */
export function registerBatchNorms(registerOp: RegisterOp): void {
  if (registered.has(registerOp)) return;
  registered.add(registerOp);
  for (const name of ['FusedBatchNorm', 'FusedBatchNormV2', 'FusedBatchNormV3']) {
    registerOp(name, node => {
      const {inputs, attrs} = node;
      const isTraining = attrs.is_training ?? true;
      if (isTraining && acceleratedOn(tf.getBackend())?.kernels === true)
        return batchNormNode(node);
      const [x, scale, offset, mean, variance] = inputs;
      return tf.tidy(() =>
        tf.batchNorm(x, mean, variance, offset, scale, attrs.epsilon ?? EPSILON),
      );
    });
  }
}

type Module = {
  createRequire(file: string): {(path: string): unknown; cache: Record<string, unknown>};
};
type Node = {cwd(): string; getBuiltinModule?(name: 'node:module'): Module};

/** Where Node has loaded tfjs-converter. */
const CONVERTER = /tfjs-converter[/\\]dist[/\\]tf-converter\.node\.js$/;

/**
 * Where tfjs-converter can be found without importing it, which bundles without it could not: it is in a page's
 * `tf`, and Node knows what it has loaded. Elsewhere a program imports `tfjs-normalization/graph`.
 */
export function registerWhereLoaded(): void {
  const {tf: script, process: node} = globalThis as {
    tf?: {registerOp?: RegisterOp};
    process?: Node;
  };
  if (typeof script?.registerOp === 'function') registerBatchNorms(script.registerOp);
  const module = node?.getBuiltinModule?.('node:module');
  if (module?.createRequire == null) return;
  const require = module.createRequire(`${node!.cwd()}/`);
  for (const path of Object.keys(require.cache)) {
    if (CONVERTER.test(path))
      registerBatchNorms((require(path) as {registerOp: RegisterOp}).registerOp);
  }
}
