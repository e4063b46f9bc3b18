/** The classes of tfjs's norms, which it does not export. */
import {layers} from '@tensorflow/tfjs-layers';
import type {Layer} from './graph.js';
import {once} from './once.js';

type Class = new (args: never) => Layer;

// With a name, since tfjs would count the layer, and so name the program's next ones otherwise.
const args = {name: 'probe'};
const classOf = (layer: Layer): Class => layer.constructor as Class;

export const tfjsNorms = once(() => ({
  BatchNormalization: classOf(layers.batchNormalization(args)),
  LayerNormalization: classOf(layers.layerNormalization(args)),
}));
