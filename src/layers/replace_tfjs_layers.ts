import {serialization} from '@tensorflow/tfjs-core';
import {BatchNormalization} from './batch_normalization.js';
import {LayerNormalization} from './layer_normalization.js';

/** Ours under Keras's names, which they also have when they are saved. */
class KerasBatchNormalization extends BatchNormalization {
  static override readonly className = 'BatchNormalization';
}
class KerasLayerNormalization extends LayerNormalization {
  static override readonly className = 'LayerNormalization';
}

/**
 * Makes models that are loaded from now on use this package's layers where they name Keras's
 * `BatchNormalization` and `LayerNormalization`; `tf.layers.batchNormalization()` stays as it is.
 * Such a model keeps Keras's names when it is saved again.
 *
 * ```js
 * const saved = tf.sequential({layers: [tf.layers.layerNormalization({inputShape: [4]})]});
 * const undo = tfn.replaceTfjsLayers();
 * const model = await tf.models.modelFromJSON(saved.toJSON(null, false));
 * undo();
 * console.log(model.layers[0] instanceof tfn.LayerNormalization); // true
 * ```
 *
 * @returns A function that puts back what was registered before.
 */
export function replaceTfjsLayers(): () => void {
  const {classNameMap} = serialization.SerializationMap.getMap();
  const before = [KerasBatchNormalization, KerasLayerNormalization].map(cls => {
    const previous = classNameMap[cls.className];
    const constructor = cls as unknown as (typeof previous)[0];
    classNameMap[cls.className] = [constructor, constructor.fromConfig];
    return {className: cls.className, previous};
  });
  return () => {
    for (const {className, previous} of before) classNameMap[className] = previous;
  };
}
