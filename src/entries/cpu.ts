/** `import 'tfjs-normalization/cpu'`: the kernels of the backend `cpu`. */
import {normalizeGradConfig} from '../gradients/normalize_grad.js';
import {registerOnce} from '../gradients/register_once.js';
import {registerCpuKernels} from '../kernels/backends/cpu/register.js';

registerOnce(normalizeGradConfig);
registerCpuKernels();

export {};
