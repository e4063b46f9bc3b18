// The union package also registers the gradients of tf's own ops; tfjs-core alone has none.
import '@tensorflow/tfjs';
import '@tensorflow/tfjs-backend-wasm';

/** The backends that the suites run on in this process. */
export const BACKENDS = ['cpu', 'wasm'];
