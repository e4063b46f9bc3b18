import type {Tensor, Variable} from '@tensorflow/tfjs-core';
import type {LayersModel, LayerVariable} from '@tensorflow/tfjs-layers';
import {check, show} from '../check.js';
import {NormalizationLayer} from '../layers/normalization_layer.js';
import {normVariables} from '../layers/weight.js';
import {checkModel} from './check_model.js';
import type {Layer} from './graph.js';
import {layersWithin} from './layers_within.js';
import {tfjsNorms} from './tfjs_classes.js';

/** As tfjs names them: the layer's name, the weight's, and a number where the name is taken already. */
const OF_TFJS = /(^|\/)(gamma|beta)(_\d+)?$/;

const OP = 'isNormParameter';

/**
 * Whether a variable scales or shifts what a normalization gave (`gamma`, `beta` and the like), so that weight
 * decay should leave it alone, whatever its layer is called.
 *
 * The parameters of this package's layers are known by themselves. The parameters of tfjs's are known by their own names, unless
 * `model` is given: then by their layers, so that a `beta` of a layer of the program is not taken for one.
 *
 * ```js
 * const model = tf.sequential();
 * model.add(tf.layers.dense({units: 4, inputShape: [3]}));
 * model.add(tf.layers.layerNormalization({name: 'ln_1'}));
 * const decayed = model.trainableWeights.filter(weight => !isNormParameter(weight));
 * console.log(decayed.length); // 2: the kernel and the bias
 * ```
 *
 * @param variable One of `model.weights`, or the `tf.Variable` that its `read()` gives.
 * @param model A model that has the variable.
 * @throws If `variable` is no variable.
 */
export function isNormParameter(
  variable: Variable | LayerVariable | Tensor,
  model?: LayersModel,
): boolean {
  const isVariable =
    typeof variable === 'object' &&
    variable != null &&
    'name' in variable &&
    'trainable' in variable;
  check(
    isVariable,
    OP,
    () => `variable must be one of a model's weights or its tf.Variable, but is ${show(variable)}.`,
  );
  if (model == null)
    return normVariables.has(variable) || OF_TFJS.test((variable as Variable).name);
  checkModel(OP, model);
  return layersWithin(model)
    .filter(({layer}) => isNorm(layer))
    .flatMap(({layer}) => (layer as Trained)._trainableWeights ?? [])
    .some(weight => weight === variable || weight.read() === variable);
}

type Trained = Layer & {_trainableWeights?: LayerVariable[]};

const isNorm = (layer: Layer): boolean =>
  layer instanceof NormalizationLayer ||
  Object.values(tfjsNorms()).some(norm => layer instanceof norm);
