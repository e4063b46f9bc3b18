/** `import 'tfjs-normalization/webgpu'`: the kernels of the backend `webgpu`. */
import {normalizeGradConfig} from '../gradients/normalize_grad.js';
import {registerOnce} from '../gradients/register_once.js';
import {registerWebGPUKernels} from '../kernels/backends/webgpu/register.js';

registerOnce(normalizeGradConfig);
registerWebGPUKernels();

export {};
