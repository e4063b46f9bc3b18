/** `import 'tfjs-normalization/cpu'`: the kernels of the backend `cpu`. */
import {registerCpuKernels} from '../kernels/backends/cpu/register.js';
import {registerGradients} from '../register_gradients.js';

registerGradients();
registerCpuKernels();

export {};
