/** `import 'tfjs-normalization/wasm'`: the kernels of the backend `wasm`. */
import {registerWasmKernels} from '../kernels/backends/wasm/register.js';
import {registerGradients} from '../register_gradients.js';

registerGradients();
registerWasmKernels();

export {};
