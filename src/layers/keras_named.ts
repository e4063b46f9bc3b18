import {BatchNormalization} from './batch_normalization.js';
import {LayerNormalization} from './layer_normalization.js';

/** Our two layers under Keras's names, which they also have when they are saved. */
export class KerasBatchNormalization extends BatchNormalization {
  static override readonly className = 'BatchNormalization';
  static override readonly options = BatchNormalization.options;
}
export class KerasLayerNormalization extends LayerNormalization {
  static override readonly className = 'LayerNormalization';
  static override readonly options = LayerNormalization.options;
}
