/** The masks that the tensors of a functional model have: in Keras, and in tfjs. */
import {callsOf, withCalls} from './calls.js';
import {classOf, isModel, layersOf, type LayerJson, nameOf, type SerializedJson} from './json.js';
import {maskMadeBy, OTHER_MASK} from './mask_names.js';
import {asFunctional} from './sequence.js';
import {endsOf, type TensorJson} from './tensors.js';

/** The mask of the input of a model within another one. */
export const MASK_OF_MODEL = 'the mask of its input';
/** A mask that hides nothing. */
export const NO_MASK = 'no mask';

type Mask = string | null;
type Rule = (layer: LayerJson, masks: Mask[], index: number) => Mask;

const RECURRENT = /^(Bidirectional|ConvLSTM2D|GRU|LSTM|RNN|SimpleRNN)$/;
const MERGE = /^(Add|Average|Concatenate|Maximum|Minimum|Multiply)$/;
/** Layers that give their input's mask out, in Keras and in tfjs. */
const PASSES =
  /^(Activation|AlphaDropout|Dense|Dropout|GaussianDropout|GaussianNoise|PReLU|ReLU|SpatialDropout1D|TimeDistributed|(Group|Instance|Unit)Normalization)$|(Batch|Layer)Normalization/;
/** Further ones in Keras, and in tfjs, of which all are this package's. */
const IN_KERAS = /^(ELU|LeakyReLU|Softmax)$/;
const IN_KERAS_3 = /^(ELU|LeakyReLU|Normalization|Rescaling|Softmax)$/;
const IN_TFJS = /Normalization$|^TLU$/;

export const isRecurrent = ({class_name}: LayerJson): boolean => RECURRENT.test(class_name);

function passes(layer: LayerJson, others: RegExp): boolean {
  const {class_name, config} = layer;
  if (/(Spectral|Weight)Normalization/.test(class_name)) {
    return passes(config['layer'] as unknown as LayerJson, others);
  }
  if (isRecurrent(layer)) return givesSequence(layer);
  return PASSES.test(classOf(layer)) || others.test(classOf(layer));
}

function givesSequence({class_name, config}: LayerJson): boolean {
  const inner =
    class_name === 'Bidirectional' ? (config['layer'] as SerializedJson).config : config;
  return inner['return_sequences'] === true;
}

/** What Keras does when a model runs, whatever its files say of the masks. */
export function ruleOfKeras(keras3: boolean): Rule {
  return (layer, masks, index) => {
    // Operators of Keras 3 end a mask.
    if (layer.module?.startsWith('keras.src.ops') === true) return null;
    if (isModel(layer)) return throughModel(layer, keras3, masks[0], index);
    if (MERGE.test(layer.class_name)) return mergedInKeras(layer, keras3, masks);
    return passes(layer, keras3 ? IN_KERAS_3 : IN_KERAS) ? masks[0] : null;
  };
}

function mergedInKeras({class_name, config}: LayerJson, keras3: boolean, masks: Mask[]): Mask {
  const given = [...new Set(masks.filter(mask => mask != null))];
  const isConcatenate = class_name === 'Concatenate';
  if (given.length === 0) return null;
  if (keras3 && !isConcatenate && masks.includes(null)) return null;
  return given.length === 1 && (!isConcatenate || config['axis'] === -1) ? given[0] : OTHER_MASK;
}

/** The mask of a model's output if its input has this one. */
function throughModel(model: LayerJson, keras3: boolean, mask: Mask, index: number): Mask {
  const isSequential = model.class_name === 'Sequential';
  const functional = isSequential ? asFunctional(model, keras3) : withCalls(model, keras3);
  if (functional == null) return mask == null ? null : OTHER_MASK;
  const layers = new Map(layersOf(functional).map(layer => [nameOf(layer), layer]));
  const ofInput = mask == null ? null : MASK_OF_MODEL;
  const find = maskFinder(layers, keras3, ruleOfKeras(keras3), ofInput);
  const output = find(endsOf(functional.config['output_layers'])[index]);
  if (output === MASK_OF_MODEL) return mask;
  return output == null ? null : OTHER_MASK;
}

/** tfjs gives the masks of merged layers another shape. */
export const ruleOfTfjs: Rule = (layer, masks) => {
  if (MERGE.test(layer.class_name)) return masks.some(mask => mask != null) ? OTHER_MASK : null;
  return passes(layer, IN_TFJS) ? masks[0] : null;
};

/** Finds a tensor's mask by what the layers before do, as far as the rule says. */
export function maskFinder(
  layers: ReadonlyMap<string, LayerJson>,
  keras3: boolean,
  rule: Rule,
  ofInput: Mask,
): (tensor: TensorJson) => Mask {
  const found = new Map<string, Mask>();
  const find = ([name, call, index]: TensorJson): Mask => {
    const key = `${name},${call},${index}`;
    if (!found.has(key)) found.set(key, compute(layers.get(name)!, call, index));
    return found.get(key)!;
  };
  const compute = (layer: LayerJson, call: number, index: number): Mask => {
    if (layer.class_name === 'InputLayer') return ofInput;
    // To Keras 2, a model's first node is the one that made it.
    const inputs = callsOf(layer)[isModel(layer) && !keras3 ? call - 1 : call];
    const tensors = inputs.map(([name, call, index]): TensorJson => [name, call, index]);
    const made = maskMadeBy(layer, tensors[0]);
    if (made != null) return made;
    if (layer.class_name === 'WithMask') return tensors[1] == null ? NO_MASK : find(tensors[1]);
    // An RNN's further outputs are its states.
    return index > 0 && isRecurrent(layer) ? null : rule(layer, tensors.map(find), index);
  };
  return find;
}
