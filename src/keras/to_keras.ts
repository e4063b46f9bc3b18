import {io} from '@tensorflow/tfjs-core';
import {check} from '../check.js';
import {checkArguments, type Options} from '../options.js';
import {show} from '../show.js';
import type {Json, LayerJson} from './json.js';
import type {KerasVersion} from './keras_layer.js';
import {kerasModel} from './keras_model.js';
import {kerasWeights} from './keras_weights.js';
import {butIs} from './place.js';
import {withUniqueNames} from './unique_names.js';

/** The options of `toKeras`. */
export interface ToKerasConfig {
  /** The version of Keras that is to read the files. Defaults to 3. */
  version?: KerasVersion;
}

/**
 * Saves a model so that Keras reads it: with Keras's names of our layers and, for Keras 3, in its
 * layout. The files of the weights are as always; `scripts/keras_files.py` makes a Keras model of
 * them.
 *
 * ```js
 * const model = tf.sequential();
 * model.add(tfn.layers.instanceNormalization({inputShape: [8, 8, 3]}));
 * const files = tf.io.withSaveHandler(async ({modelTopology}) => {
 *   console.log(JSON.stringify(modelTopology)); // {..., "class_name": "GroupNormalization", ...}
 *   return {modelArtifactsInfo: {dateSaved: new Date(), modelTopologyType: 'JSON'}};
 * });
 * await model.save(tfn.toKeras(files));
 * ```
 *
 * @param target The place, as `model.save` takes it: a URL, or an io handler.
 * @returns An io handler for `model.save`.
 * @throws On saving, if Keras does not have a layer or a setting.
 */
export function toKeras(target: string | io.IOHandler, config: ToKerasConfig = {}): io.IOHandler {
  const options: Options<ToKerasConfig> = {version: true};
  checkArguments('toKeras', [target, config], ['target'], options);
  const {version = 3} = config;
  check(
    [2, 3].includes(version),
    'toKeras',
    () => `version must be 2 or 3, but is ${show(version)}.`,
  );
  return {
    save: async ({modelTopology, weightSpecs, ...others}) => {
      const handler = typeof target === 'string' ? io.getSaveHandlers(target)[0] : target;
      check(
        handler?.save != null,
        'toKeras',
        () => `target must be a URL that tfjs can save to, or have a save method, ${butIs(target)}`,
      );
      const model = modelTopology as Json as unknown as LayerJson;
      // Keras 3 takes no slashes.
      const write = (name: string) => (version === 3 ? name.replaceAll('/', '_') : name);
      const unique = withUniqueNames(model, write);
      return handler.save({
        ...others,
        modelTopology: kerasModel(unique, version) as object,
        ...(weightSpecs == null ? {} : {weightSpecs: kerasWeights(model, unique, weightSpecs)}),
      });
    },
  };
}
