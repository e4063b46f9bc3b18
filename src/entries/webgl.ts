/** `import 'tfjs-normalization/webgl'`: the kernels of the backend `webgl`. */
import {registerWebGLKernels} from '../kernels/backends/webgl/register.js';
import {registerGradients} from '../register_gradients.js';

registerGradients();
registerWebGLKernels();

export {};
