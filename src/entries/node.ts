/** `import 'tfjs-normalization/node'`: the kernels of the backend `tensorflow`. */
import {normalizeGradConfig} from '../gradients/normalize_grad.js';
import {registerOnce} from '../gradients/register_once.js';
import {registerTensorflowKernels} from '../kernels/backends/tensorflow/register.js';

registerOnce(normalizeGradConfig);
registerTensorflowKernels();

export {};
