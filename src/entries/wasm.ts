/** `import 'tfjs-normalization/wasm'`: the kernels of the backend `wasm`. */
import {normalizeGradConfig} from '../gradients/normalize_grad.js';
import {registerOnce} from '../gradients/register_once.js';
import {registerWasmKernels} from '../kernels/backends/wasm/register.js';

registerOnce(normalizeGradConfig);
registerWasmKernels();

export {};
