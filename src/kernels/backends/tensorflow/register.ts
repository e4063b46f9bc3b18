import {runOnHost} from '../../host/run_on_host.js';
import {kernelsOf, registerKernels} from '../../register.js';
import {runComposed} from './composed.js';
import {usesGpu} from './device.js';
import {whyNotNative} from './native/ops.js';
import {runNative} from './native/run.js';
import type {NodeBackend} from './node_backend.js';

/**
 * Registers the kernels of the `tensorflow` backend: ops of this package's own in TensorFlow, on a GPU
 * those that TensorFlow has. Where neither will do, a kernel runs on copies of the tensors' values.
 */
export function registerTensorflowKernels(): void {
  const kernels = kernelsOf<NodeBackend>(
    name => (backend, inputs, attrs) =>
      (usesGpu(backend)
        ? runComposed(name, inputs, attrs)
        : runNative(name, backend, inputs, attrs)) ??
      runOnHost(name, memoryOf(backend), inputs, attrs),
  );
  const readsAtOnce = (backend: NodeBackend) => !usesGpu(backend);
  registerKernels('tensorflow', kernels, {whyNotNative, mayLeaveOut: true, readsAtOnce});
}

const memoryOf = (backend: NodeBackend) => ({
  read: ({dataId}: {dataId: object}) => backend.readSync(dataId) as Float32Array,
  write: (values: Float32Array, shape: number[]) => ({
    dataId: backend.write(values, shape, 'float32'),
    shape,
    dtype: 'float32' as const,
  }),
});
