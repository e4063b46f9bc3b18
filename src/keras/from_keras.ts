import type {io} from '@tensorflow/tfjs-core';
import {check} from '../check.js';
import {handlerOf} from '../load_handler.js';
import {isModel, isObject, type Json, type LayerJson} from './json.js';
import {mendModel} from './mend_model.js';
import {mendWeights} from './mend_weights.js';
import {butIs} from './place.js';
import {withUniqueNames} from './unique_names.js';

/**
 * Makes a model of Keras 3 or 2 load, with this package's batch and layer normalization. tfjs 4.22
 * itself refuses every file of Keras 3, and ignores some settings of either version.
 *
 * A setting that no layer of tfjs can compute is an error that names the layer and the key. The
 * compile configuration is left out: compile the model to train it.
 *
 * ```js
 * const keras = {
 *   module: 'keras',
 *   class_name: 'Sequential',
 *   config: {
 *     name: 'model',
 *     layers: [
 *       {class_name: 'InputLayer', config: {name: 'input', batch_shape: [null, 4]}},
 *       {class_name: 'LayerNormalization', config: {name: 'norm', axis: [-1]}},
 *     ],
 *   },
 * };
 * const files = tf.io.fromMemory({modelTopology: keras});
 * const model = await tf.loadLayersModel(tfn.fromKeras(files));
 * model.predict(tf.ones([1, 4])).print();
 * ```
 *
 * @param source The files, as `tf.loadLayersModel` takes them: a URL, or an io handler.
 * @returns An io handler for `tf.loadLayersModel`.
 * @throws On loading, if the topology is not that of a Sequential or functional model, or names a
 *     class, an activation or a setting that tfjs does not have; if a weight belongs to no layer.
 */
export function fromKeras(source: string | io.IOHandler): io.IOHandler {
  return {
    load: async () => {
      const handler = typeof source === 'string' ? handlerOf(source) : source;
      check(
        handler?.load != null,
        'fromKeras',
        () => `source must be a URL that tfjs can load, or have a load method, ${butIs(source)}`,
      );
      const {modelTopology, weightSpecs, ...others} = await handler.load();
      const model = modelOf(modelTopology as Json);
      const unique = isModel(model) ? withUniqueNames(model) : model;
      return {
        ...others,
        modelTopology: mendModel(unique, isKeras3(modelTopology as Json)) as object,
        ...(weightSpecs == null ? {} : {weightSpecs: mendWeights(model, unique, weightSpecs)}),
      };
    },
  };
}

/** The model of a file: the converter writes it inside other data, `to_json` writes it alone. */
function modelOf(topology: Json): LayerJson {
  const model = isObject(topology) ? (topology['model_config'] ?? topology) : null;
  check(
    isObject(model) && typeof model['class_name'] === 'string',
    'fromKeras',
    () => 'modelTopology must be that of a Keras model, but names no class.',
  );
  return model as unknown as LayerJson;
}

function isKeras3(topology: Json): boolean {
  const version = (topology as {keras_version?: Json}).keras_version;
  return typeof version === 'string' ? version.startsWith('3') : 'module' in modelOf(topology);
}
