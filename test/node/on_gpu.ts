// Takes the place of src/kernels/backends/tensorflow/device.ts: the kernels of a TensorFlow on a GPU.
export const usesGpu = () => true;
