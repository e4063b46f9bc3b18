import type {Tensor} from '@tensorflow/tfjs-core';
import type {layers} from '@tensorflow/tfjs-layers';

type Layer = layers.Layer;
type Node = Layer['inboundNodes'][number];

/**
 * The mask that tfjs hands a layer while a model runs, if it is that of the layer's input.
 *
 * tfjs hands each mask on to all layers that run later, also where one of the layers between ended
 * it, as an LSTM does that gives out its last step alone.
 */
export function maskInModel(layer: Layer, x: Tensor, mask: Tensor): Tensor | undefined {
  const fits = mask.shape.every((size, i) => size === 1 || size === x.shape[i]);
  return mask.rank < x.rank && fits && layer.inboundNodes.some(mayHaveMask) ? mask : undefined;
}

const found = new WeakMap<Node, boolean>();

/** Whether a mask may reach this call, by what tfjs's layers say of themselves. */
function mayHaveMask(call: Node): boolean {
  let may = found.get(call);
  if (may == null) {
    const {inboundLayers, nodeIndices} = call;
    // The input of a model has one if the model is called on a tensor that has.
    may =
      inboundLayers.length === 0 ||
      inboundLayers.some(
        (before, i) => givesMask(before) && mayHaveMask(before.inboundNodes[nodeIndices[i]]),
      );
    found.set(call, may);
  }
  return may;
}

/** A recurrent layer that gives out no sequence ends a mask. */
function givesMask(layer: Layer): boolean {
  const {returnSequences = true} = layer as {returnSequences?: boolean};
  const isInput = layer.inboundNodes[0].inboundLayers.length === 0;
  return isInput || (layer.supportsMasking && returnSequences);
}
