import {serialization} from '@tensorflow/tfjs-core';
import {KerasBatchNormalization, KerasLayerNormalization} from './keras_named.js';

const OURS = [KerasBatchNormalization, KerasLayerNormalization];

type Registered = serialization.SerializationMap['classNameMap'][string];
/** The replacements that are not undone yet, and the classes registered before the first of them. */
const inForce = new Set<object>();
let before: Registered[] = [];

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
 * @returns A function that undoes this call. When all calls are undone, the classes registered
 *     before are back.
 */
export function replaceTfjsLayers(): () => void {
  const {classNameMap} = serialization.SerializationMap.getMap();
  if (inForce.size === 0) before = OURS.map(({className}) => classNameMap[className]);
  for (const cls of OURS) {
    const constructor = cls as unknown as Registered[0];
    classNameMap[cls.className] = [constructor, constructor.fromConfig];
  }
  const replacement = {};
  inForce.add(replacement);
  return () => {
    if (!inForce.delete(replacement) || inForce.size > 0) return;
    OURS.forEach(({className}, i) => (classNameMap[className] = before[i]));
  };
}
