import * as tf from '@tensorflow/tfjs';

type Backend = {
  /** Registers the backend, unless @tensorflow/tfjs does. */
  module?: string;
  /** Works synchronously and in this machine's memory. */
  onHost: boolean;
};

const BACKENDS: Record<string, Backend> = {
  cpu: {onHost: true},
  wasm: {module: '@tensorflow/tfjs-backend-wasm', onHost: true},
  tensorflow: {module: '@tensorflow/tfjs-node', onHost: true},
  webgl: {onHost: false},
  webgpu: {module: '@tensorflow/tfjs-backend-webgpu', onHost: false},
};

export async function startBackend(name: string): Promise<Backend> {
  if (!(name in BACKENDS)) {
    throw new Error(`no backend ${name}: there are ${Object.keys(BACKENDS).join(', ')}.`);
  }
  const {module} = BACKENDS[name];
  if (module != null) await import(module);
  if (!(await tf.setBackend(name))) throw new Error(`the backend ${name} does not start here.`);
  return BACKENDS[name];
}

/** Resolves once the tensors are computed: their last operation is read back, one element of it. */
export async function finish(tensors: tf.Tensor[]): Promise<void> {
  const elements = tensors.map(t => tf.tidy(() => tf.slice(tf.reshape(t, [-1]), 0, 1)));
  await Promise.all(elements.map(element => element.data()));
  tf.dispose(elements);
}
