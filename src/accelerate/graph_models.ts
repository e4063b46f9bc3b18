/** The batch norms of GraphModels, with all of their outputs: tfjs hands out the first one alone. */
import * as tf from '@tensorflow/tfjs-core';
import {batchNormOutputs} from '../ops/batch_norm_in_training.js';
import {acceleratedOn} from './in_force.js';

/** The attributes of a batch norm; text is in lower case. */
type Attrs = {
  readonly is_training?: boolean;
  readonly data_format?: string;
  readonly epsilon?: number;
  readonly exponential_avg_factor?: number;
};

/** tfjs-converter's function `registerOp`: not all programs have tfjs-converter. */
export type RegisterOp = (
  name: string,
  op: (node: {inputs: tf.Tensor[]; attrs: Record<string, unknown>}) => tf.Tensor | tf.Tensor[],
) => void;

/** A node of a GraphModel, as tfjs-converter hands it to an op. */
type GraphNode = Parameters<Parameters<RegisterOp>[1]>[0];

/** TensorFlow's default. */
const EPSILON = 1e-4;

/** Once in each copy of tfjs-converter, so that a program's own op stays that is registered later. */
const registered = new WeakSet<RegisterOp>();

/** What TensorFlow computes of the batch's own statistics. */
export function batchNormNode({inputs, attrs}: GraphNode): tf.Tensor[] {
  const {data_format = 'nhwc', epsilon = EPSILON, exponential_avg_factor = 1} = attrs as Attrs;
  const format = data_format.toUpperCase();
  return batchNormOutputs(inputs, {format, epsilon, factor: exponential_avg_factor});
}

/**
 * Puts an op in the place of tfjs's three, for the models that are loaded from then on. It stays, since
 * these need it; while nothing is accelerated it does what tfjs's does.
 */
export function registerBatchNorms(registerOp: RegisterOp): void {
  if (registered.has(registerOp)) return;
  registered.add(registerOp);
  for (const name of ['FusedBatchNorm', 'FusedBatchNormV2', 'FusedBatchNormV3']) {
    registerOp(name, node => {
      const {is_training = true, epsilon = EPSILON} = node.attrs as Attrs;
      if (is_training && acceleratedOn(tf.getBackend())?.kernels === true)
        return batchNormNode(node);
      const [x, scale, offset, mean, variance] = node.inputs;
      return tf.tidy(() => tf.batchNorm(x, mean, variance, offset, scale, epsilon));
    });
  }
}

type Converter = {readonly registerOp?: RegisterOp};
type Module = {
  createRequire(file: string): {(path: string): Converter; cache: Record<string, unknown>};
};
type Node = {cwd(): string; getBuiltinModule?(name: 'node:module'): Module};

/** Where Node has loaded tfjs-converter. */
const CONVERTER = /tfjs-converter[/\\]dist[/\\]tf-converter\.node\.js$/;

/**
 * Where tfjs-converter can be found without importing it, which bundles without it could not: it is in a page's
 * `tf`, and Node knows what it has loaded. Elsewhere it is given to `accelerate`.
 */
export function registerWhereLoaded(): void {
  for (const {registerOp} of loadedConverters()) {
    if (typeof registerOp === 'function') registerBatchNorms(registerOp);
  }
}

function loadedConverters(): Converter[] {
  const {tf: script, process: node} = globalThis as {tf?: Converter; process?: Node};
  const ofPage = script == null ? [] : [script];
  const module = node?.getBuiltinModule?.('node:module');
  if (module?.createRequire == null) return ofPage;
  const require = module.createRequire(`${node!.cwd()}/`);
  const paths = Object.keys(require.cache).filter(path => CONVERTER.test(path));
  return [...ofPage, ...paths.map(require)];
}
