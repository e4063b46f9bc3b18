import * as tf from '@tensorflow/tfjs-core';
import {acceleratedOn} from './accelerate/in_force.js';
import {check} from './check.js';
import {hasKernels, whyNotHere} from './kernels/run.js';
import {whyNotNativeOn} from './kernels/register.js';

/** The backend in use, and how normalizations run on it. */
export interface BackendInfo {
  /** The name of tfjs's backend in use. */
  readonly backend: string;
  /**
   * `native`: this package's own ops in TensorFlow; `fused`: its kernels for the backend;
   * `reference`: plain tf ops.
   */
  readonly path: 'native' | 'fused' | 'reference';
  /** On `tensorflow`, why the path is not `native`; on `reference`, the import that is missing, or why there are no kernels. */
  readonly reason?: string;
  /**
   * After `accelerate`, what of tfjs runs on this package on the backend in use: the two layers, and
   * the kernel of `tf.batchNorm`.
   */
  readonly accelerated?: {readonly layers: boolean; readonly kernels: boolean};
}

/**
 * How normalizations run on the backend in use.
 *
 * On `tensorflow` they are native ops where their addon, this processor and the TensorFlow that
 * tfjs-node has loaded allow it. Elsewhere they run on copies of the tensors' values; see docs/node.md.
 *
 * ```js
 * const {backend, path, reason} = tfn.backendInfo();
 * console.log(backend, path, reason ?? '');
 * ```
 *
 * @throws If no backend is ready, as before `await tf.ready()` with one that starts asynchronously.
 */
export function backendInfo(): BackendInfo {
  check(
    isReady(),
    'backendInfo',
    () => "tfjs's backend must be ready, but is not: await tf.ready().",
  );
  const backend = tf.getBackend();
  if (!hasKernels(backend)) return {backend, path: 'reference', reason: whyNoKernels(backend)};
  const accelerated = acceleratedOn(backend);
  return {backend, ...pathOn(backend), ...(accelerated && {accelerated})};
}

function pathOn(backend: string): Pick<BackendInfo, 'path' | 'reason'> {
  const reason = whyNotNativeOn(backend, tf.backend());
  if (reason === undefined) return {path: 'fused'};
  return reason == null ? {path: 'native'} : {path: 'fused', reason};
}

/** The entries of this package that bring a backend's kernels. */
const ENTRIES: Readonly<Record<string, string>> = {
  cpu: 'cpu',
  wasm: 'wasm',
  webgl: 'webgl',
  webgpu: 'webgpu',
  tensorflow: 'node',
};

const whyNoKernels = (backend: string): string =>
  whyNotHere() ??
  (Object.hasOwn(ENTRIES, backend)
    ? `no kernels are registered for it: import 'tfjs-normalization/${ENTRIES[backend]}'`
    : 'this package has no kernels for it');

/** Whether tfjs has a backend, or can have one at once. */
function isReady(): boolean {
  try {
    tf.backend();
    return true;
  } catch {
    return false;
  }
}
