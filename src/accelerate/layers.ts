/** Our ops in the place of what two layers of tfjs compute, in instances that exist as well. */
import {serialization} from '@tensorflow/tfjs-core';
import {layers} from '@tensorflow/tfjs-layers';
import type {Acceleration} from './acceleration.js';
import {batchNormalization} from './batch_normalization.js';
import {type Call, callWith} from './layer_call.js';
import {layerNormalization} from './layer_normalization.js';
import type {Place} from './replacement.js';

/** A name is given, since tfjs counts the layers without one in the names of a program's own layers. */
const ARGS = {name: 'accelerated'};

export function replaceLayers(acceleration: Acceleration): void {
  const calls = [
    {layer: layers.batchNormalization(ARGS), call: callWith(batchNormalization)},
    {layer: layers.layerNormalization(ARGS), call: callWith(layerNormalization)},
  ];
  for (const {layer, call} of calls) {
    for (const {prototype} of [layer.constructor, ...copyOf(layer)])
      acceleration.replace(callOf(prototype as {call: Call}), call);
  }
}

const callOf = (prototype: {call: Call}): Place<Call> => ({
  get: () => prototype.call,
  set: call => (prototype.call = call),
});

/**
 * The layer's class in another copy of tfjs-layers on the same tfjs-core, whose single files are
 * such a copy in Node: the class that has registered last, if its instances hold the same.
 */
function copyOf(layer: layers.Layer): Array<{prototype: unknown}> {
  const {classNameMap} = serialization.SerializationMap.getMap();
  const registered = classNameMap[layer.getClassName()]?.[0];
  // Ours, or one that a program has made of tf.layers.Layer.
  if (registered == null || (registered.prototype as unknown) instanceof layers.Layer) return [];
  return fieldsOf(registered) === Object.keys(layer).join() ? [registered] : [];
}

/** The fields of an instance; nothing if a program's own class wants other arguments. */
function fieldsOf(cls: new (args: object) => object): string {
  try {
    return Object.keys(new cls(ARGS)).join();
  } catch {
    return '';
  }
}
