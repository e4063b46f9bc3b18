import * as tf from '@tensorflow/tfjs';

type Backend = {
  /** The package that registers the backend, where @tensorflow/tfjs does not. */
  module?: string;
  /** Whether it works synchronously and in this machine's memory. */
  onHost: boolean;
  /** Runs before the module is imported. */
  prepare?: () => Promise<void>;
};

const BACKENDS: Record<string, Backend> = {
  cpu: {onHost: true},
  wasm: {module: '@tensorflow/tfjs-backend-wasm', onHost: true},
  tensorflow: {module: '@tensorflow/tfjs-node', onHost: true},
  webgl: {onHost: false},
  webgpu: {module: '@tensorflow/tfjs-backend-webgpu', onHost: false, prepare: startDawn},
};

/** Gives Node the WebGPU of Chromium, on the machine's own driver. */
async function startDawn(): Promise<void> {
  const {create, globals} = await import('webgpu');
  Object.assign(globalThis, globals);
  const gpu = create([]);
  if ((await gpu.requestAdapter()) == null) throw new Error('WebGPU finds no driver here.');
  Object.defineProperty(globalThis, 'navigator', {value: {gpu}, configurable: true});
}

export async function startBackend(name: string): Promise<Backend> {
  if (!(name in BACKENDS)) {
    throw new Error(`no backend ${name}: there are ${Object.keys(BACKENDS).join(', ')}.`);
  }
  const {module, prepare} = BACKENDS[name];
  await prepare?.();
  if (module != null) await import(module);
  if (!(await tf.setBackend(name))) throw new Error(`the backend ${name} does not start here.`);
  return BACKENDS[name];
}

/** Resolves once the tensors are computed: one element of each is read back. */
export async function finish(tensors: tf.Tensor[]): Promise<void> {
  const elements = tensors.map(t => tf.tidy(() => tf.slice(tf.reshape(t, [-1]), 0, 1)));
  await Promise.all(elements.map(element => element.data()));
  tf.dispose(elements);
}

/** The name of the backend's device, if that is not the processor. */
export async function deviceOf(name: string): Promise<string | null> {
  if (name !== 'webgpu') return null;
  const {vendor, architecture, device, description} = (await navigator.gpu.requestAdapter())!.info;
  return [vendor, architecture, device, description].filter(Boolean).join(' ');
}
