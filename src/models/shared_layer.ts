import {layers} from '@tensorflow/tfjs-layers';
import type {Layer} from './graph.js';

type Key = string | symbol;

/**
 * The layer for a second model: the very same weights and settings, but calls of its own, so that
 * `input`, `output` and `inboundNodes` of the first model's layer stay as they are. Both count as
 * users of the weights, which are freed with the last one.
 *
 * Methods of classes that are not ours or tfjs's run on the layer itself, which alone has its private
 * fields.
 *
 * @param held What takes the place of layers that the layer holds, or of other things that it has, by the
 *     properties' names.
 */
export function sharedLayer(layer: Layer, held: Record<string, unknown> = {}): Layer {
  // The layer is not used any further.
  const {id} = layers.activation({activation: 'linear', name: layer.name});
  const own: Record<Key, unknown> = {id, inboundNodes: [], outboundNodes: [], ...held};
  if (Object.keys(held).length > 0) own['dispose'] = () => disposeHolder(copy, layer);
  const bound = new Map<Key, unknown>();
  const isKnown = knowsItself(layer) || Object.keys(held).length > 0;

  const copy = new Proxy(layer, {
    get(target, key, proxy) {
      if (Object.hasOwn(own, key)) return own[key];
      const owner = ownerOf(target, key);
      const ofTarget = !isKnown && key !== 'apply' && owner !== layers.Layer.prototype;
      const value: unknown = Reflect.get(target, key, ofTarget ? target : proxy);
      const isMethod = typeof value === 'function' && owner !== target && key !== 'constructor';
      if (!ofTarget || !isMethod) return value;
      if (!bound.has(key)) bound.set(key, value.bind(target));
      return bound.get(key);
    },
    set(target, key, value) {
      if (Object.hasOwn(own, key)) own[key] = value;
      else Reflect.set(target, key, value, target);
      return true;
    },
  });
  return copy;
}

/** Frees what a layer has beside the weights of the original, which are freed with the last user. */
function disposeHolder(copy: Layer, original: Layer): ReturnType<Layer['dispose']> {
  const own = copy.weights.filter(weight => !original.weights.includes(weight));
  const {refCountAfterDispose, numDisposedVariables} = original.dispose();
  for (const weight of own) weight.dispose();
  return {refCountAfterDispose, numDisposedVariables: numDisposedVariables + own.length};
}

/** Our layers look up how they are called, which is what differs. */
const knowsItself = (layer: Layer): boolean => Object.hasOwn(layer.constructor, 'options');

/** The object that has the property itself: the layer, or one of its prototypes. */
function ownerOf(layer: object, key: Key): object | null {
  let owner: object | null = layer;
  while (owner != null && !Object.hasOwn(owner, key))
    owner = Object.getPrototypeOf(owner) as object;
  return owner;
}
