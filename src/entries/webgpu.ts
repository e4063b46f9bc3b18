/** `import 'tfjs-normalization/webgpu'`: the kernels of the backend `webgpu`. */
import {registerWebGPUKernels} from '../kernels/backends/webgpu/register.js';
import {registerGradients} from '../register_gradients.js';

registerGradients();
registerWebGPUKernels();

export {};
