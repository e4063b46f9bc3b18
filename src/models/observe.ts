import type * as tf from '@tensorflow/tfjs-core';
import type {Kwargs} from '../layers/tfjs_types.js';
import type {Layer} from './graph.js';

type Values = tf.Tensor | tf.Tensor[];

/** One call of a layer while a model runs. */
export type LayerCall = {
  readonly layer: Layer;
  /** The first input. */
  readonly x: tf.Tensor;
  /** As the layer got them: a list if a model runs it. */
  readonly inputs: Values;
  readonly kwargs: Kwargs;
  /** The layer's own call, with these arguments or with others in their place. */
  readonly run: (kwargs?: Kwargs) => Values;
};

/**
 * Runs `body` while `watch` stands in the place of the layers' `call`. It sees every call, also in models
 * within models and in layers that hold others. It must run synchronously, so that nobody else sees it.
 */
export function observing<T>(
  layers: Iterable<Layer>,
  watch: (call: LayerCall) => Values,
  body: () => T,
): T {
  const undo = watchCalls(layers, watch);
  try {
    return body();
  } finally {
    undo();
  }
}

/** The same from now on, until what it returns is called. */
export function watchCalls(
  layers: Iterable<Layer>,
  watch: (call: LayerCall) => Values,
): () => void {
  const undo: Array<() => void> = [];
  for (const layer of new Set(layers)) {
    const before = Object.getOwnPropertyDescriptor(layer, 'call');
    const own = Reflect.get(layer, 'call') as (inputs: Values, kwargs: Kwargs) => Values;
    const call = function (this: Layer, inputs: Values, kwargs: Kwargs = {}): Values {
      const run = (other = kwargs) => own.call(this, inputs, other);
      return watch({layer, x: [inputs].flat()[0], inputs, kwargs, run});
    };
    Object.defineProperty(layer, 'call', {value: call, configurable: true, writable: true});
    undo.push(() => {
      // A layer of the program may have a call of its own.
      if (before == null) delete (layer as {call?: unknown}).call;
      else Object.defineProperty(layer, 'call', before);
    });
  }
  return () => {
    for (const one of undo.reverse()) one();
  };
}
