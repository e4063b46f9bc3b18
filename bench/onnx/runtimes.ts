import type * as tf from '@tensorflow/tfjs';
import type {Data, Implementation, Kind} from '../implementation.js';
import {onnxModel, type OnnxOperator} from './model.js';

/** An operator whose constants are tensors of the case's data. */
export type OnnxNode = Omit<OnnxOperator, 'constants' | 'outputs'> & {
  constants: Array<Exclude<keyof Data, 'x' | 'dy'>>;
  /** The outputs besides Y, each as large as a constant. */
  outputs?: string[];
};

type Tensor = {readonly data: unknown};

/** The part of ONNX Runtime's packages that we use. */
type OnnxRuntime = {
  Tensor: new (type: 'float32', data: Float32Array, shape: number[]) => Tensor;
  InferenceSession: {
    create(
      model: Uint8Array,
      options: object,
    ): Promise<{
      run(
        inputs: Record<'X', Tensor>,
        outputs: ['Y'] | Record<'Y', Tensor>,
      ): Promise<Record<string, Tensor>>;
      release(): Promise<void>;
    }>;
  };
  env: {
    logLevel?: string;
    wasm: {numThreads?: number};
    versions: Record<string, string | undefined>;
  };
};

type OnnxKind = Extract<Kind, `onnxruntime-${string}`>;
export type OnnxRuntimes = Partial<Record<OnnxKind, OnnxRuntime>>;

const PROVIDERS: Record<OnnxKind, string> = {'onnxruntime-node': 'cpu', 'onnxruntime-web': 'wasm'};
const KINDS = Object.keys(PROVIDERS) as OnnxKind[];

/** Both runtimes, whose packages `npm run bench` installs. */
export async function loadOnnxRuntimes(): Promise<OnnxRuntimes> {
  const runtimes: OnnxRuntimes = {};
  for (const kind of KINDS) {
    const runtime = (await import(kind)) as OnnxRuntime;
    runtime.env.logLevel = 'error';
    runtime.env.wasm.numThreads = 1;
    runtimes[kind] = runtime;
  }
  return runtimes;
}

/** The operator on each runtime, in one thread. */
export const onnxImplementations = (runtimes: OnnxRuntimes, node: OnnxNode): Implementation[] =>
  KINDS.flatMap(kind => {
    const runtime = runtimes[kind];
    if (runtime == null) return [];
    const fresh = implementation(kind, runtime, node, `${node.name}, new output`, false);
    // The runtime in WebAssembly copies its output either way.
    if (kind === 'onnxruntime-web') return [fresh];
    return [fresh, implementation(kind, runtime, node, `${node.name}, output reused`, true)];
  });

const implementation = (
  kind: OnnxKind,
  {InferenceSession, Tensor}: OnnxRuntime,
  node: OnnxNode,
  name: string,
  reuse: boolean,
): Implementation => ({
  name,
  kind,
  bind: async data => {
    const {shape, size} = data.x;
    const X = new Tensor('float32', await valuesOf(data.x), shape);
    const session = await InferenceSession.create(onnxModel(shape, await operatorOf(node, data)), {
      executionProviders: [PROVIDERS[kind]],
      executionMode: 'sequential',
      intraOpNumThreads: 1,
      interOpNumThreads: 1,
    });
    const fetches = reuse
      ? {Y: new Tensor('float32', new Float32Array(size), shape)}
      : (['Y'] as ['Y']);
    return {
      passes: {forward: async () => [(await session.run({X}, fetches))['Y'].data as Float32Array]},
      dispose: () => session.release(),
    };
  },
});

async function operatorOf(node: OnnxNode, data: Data): Promise<OnnxOperator> {
  const constants = await Promise.all(
    node.constants.map(async name => ({
      name,
      shape: data[name].shape,
      values: await valuesOf(data[name]),
    })),
  );
  const outputs = node.outputs?.map(name => ({name, shape: constants[0].shape}));
  return {...node, constants, outputs};
}

const valuesOf = (tensor: tf.Tensor) => tensor.data<'float32'>();
