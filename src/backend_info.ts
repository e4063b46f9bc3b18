import * as tf from '@tensorflow/tfjs-core';
import {acceleratedOn} from './accelerate/in_force.js';
import {check} from './check.js';
import {hasKernels} from './kernels/run.js';
import {whyNotNative} from './kernels/backends/tensorflow/native/ops.js';
import type {NodeBackend} from './kernels/backends/tensorflow/node_backend.js';

/** The backend in use, and how normalizations run on it. */
export interface BackendInfo {
  /** The name of tfjs's backend in use. */
  readonly backend: string;
  /**
   * `native`: this package's own ops in TensorFlow; `fused`: its kernels for the backend;
   * `reference`: plain tf ops.
   */
  readonly path: 'native' | 'fused' | 'reference';
  /** On `tensorflow`, why the path is not `native`. */
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
  if (!hasKernels(backend)) return {backend, path: 'reference'};
  const accelerated = acceleratedOn(backend);
  return {backend, ...pathOn(backend), ...(accelerated && {accelerated})};
}

function pathOn(backend: string): Pick<BackendInfo, 'path' | 'reason'> {
  if (backend !== 'tensorflow') return {path: 'fused'};
  const reason = whyNotNative(tf.backend() as unknown as NodeBackend);
  return reason == null ? {path: 'native'} : {path: 'fused', reason};
}

/** Whether tfjs has a backend, or can have one at once. */
function isReady(): boolean {
  try {
    tf.backend();
    return true;
  } catch {
    return false;
  }
}
