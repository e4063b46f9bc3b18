/** Layers of tfjs that are an activation which its fused ops compute along with a kernel. */
import {layers} from '@tensorflow/tfjs-layers';
import type {Layer} from './graph.js';
import {once} from './once.js';

/** Names that both tf.fused and the argument `activation` of tf.layers know. */
const FUSED = ['relu', 'relu6', 'elu', 'sigmoid'] as const;
export type FusedActivation = (typeof FUSED)[number];

export const isFused = (name: string): name is FusedActivation =>
  (FUSED as readonly string[]).includes(name);

const classes = once(() => {
  const name = 'probe';
  return {
    Activation: layers.activation({name, activation: 'linear'}).constructor,
    ReLU: layers.reLU({name}).constructor,
    ELU: layers.elu({name}).constructor,
  };
});

/** The activation that the layer is, if a fused op can have it. */
export function activationIn(layer: Layer): FusedActivation | undefined {
  const {Activation, ReLU, ELU} = classes();
  if (layer.constructor === ELU) return 'elu';
  if (layer.constructor === ReLU) {
    const {maxValue} = layer as Layer & {maxValue?: number | null};
    return maxValue == null ? 'relu' : maxValue === 6 ? 'relu6' : undefined;
  }
  if (layer.constructor !== Activation) return undefined;
  const name = (layer as Layer & {activation: {getClassName(): string}}).activation.getClassName();
  return isFused(name) ? name : undefined;
}
