/** `import 'tfjs-normalization/webgl'`: the kernels of the backend `webgl`. */
import {normalizeGradConfig} from '../gradients/normalize_grad.js';
import {registerOnce} from '../gradients/register_once.js';
import {registerWebGLKernels} from '../kernels/backends/webgl/register.js';

registerOnce(normalizeGradConfig);
registerWebGLKernels();

export {};
