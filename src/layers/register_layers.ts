import {registerAliases} from './aliases.js';
import * as classes from './classes.js';
import {instanceNormalizationFrom} from './foreign_instance_normalization.js';
import {Quotient} from './quotient.js';
import {asLayerClass, registerLayer} from './register_layer.js';
import {WithMask} from './with_mask.js';

/**
 * Registers all layers of this package, also under the names that TensorFlow Addons and other versions of
 * Keras give them, so that models which have them load. Importing `tfjs-normalization` calls it; a program
 * that has the entry `tfjs-normalization/layers` alone, and loads models, calls it itself.
 *
 * ```js
 * registerLayers();
 * const norm = tfn.layers.groupNormalization({groups: 2, inputShape: [4]});
 * const saved = tf.sequential({layers: [norm]}).toJSON(null, false);
 * const model = await tf.models.modelFromJSON(saved);
 * ```
 */
export function registerLayers(): void {
  for (const cls of [...Object.values(classes), Quotient, WithMask]) {
    const fromConfig =
      cls === classes.InstanceNormalization ? instanceNormalizationFrom : undefined;
    registerLayer(cls.className, asLayerClass(cls), fromConfig);
  }
  registerAliases();
}
