/** `import 'tfjs-normalization/accelerate'`: tfjs computes by this package from then on. */
import {accelerate} from '../accelerate/accelerate.js';
import {registerNormalization} from '../register.js';

registerNormalization();

/** Undoes what the import did; see `accelerate`. */
export const undo: () => void = accelerate();
