import type {NodeBackend} from './node_backend.js';

/** Whether TensorFlow keeps the tensors on a GPU. */
export const usesGpu = (backend: NodeBackend): boolean => backend.binding.isUsingGpuDevice();
