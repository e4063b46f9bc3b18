/** `import 'tfjs-normalization/node'`: the kernels of the backend `tensorflow`. */
import {registerTensorflowKernels} from '../kernels/backends/tensorflow/register.js';
import {registerGradients} from '../register_gradients.js';

registerGradients();
registerTensorflowKernels();

export {};
