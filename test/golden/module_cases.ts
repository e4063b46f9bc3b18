/** Modules of PyTorch and Flax in our layers, as docs/weights.md carries them over: modules.py. */
import * as tf from '@tensorflow/tfjs-core';
import type {layers} from '@tensorflow/tfjs-layers';
import * as tfn from '../../src/index.js';
import {type Comparison, type Subject, tensorOf, type Values} from './comparison.js';
import values from './modules.json' with {type: 'json'};

type State = Record<string, Values>;

type ModuleCase = {
  name: string;
  layer: keyof typeof tfn.layers;
  args: object;
  state: State;
  x: Values;
  y: Values;
  /** After a step of training on `x`. */
  after?: State;
};

export const MODULES = values as unknown as ModuleCase[];

/** PyTorch's and Flax's names, in the order of our weights. */
const ORDER = ['weight', 'scale', 'bias', 'running_mean', 'mean', 'running_var', 'var'];

/** The output of a layer with the module's weights, and what it learns of a step as the module does. */
function compare({layer: name, args, state, x, y, after}: ModuleCase) {
  const layer = tfn.layers[name](args as never) as layers.Layer;
  layer.apply(tensorOf(x));
  // It refuses others than the layer has.
  layer.setWeights(ORDER.flatMap(name => (name in state ? [tensorOf(state[name])] : [])));
  const statistics: Comparison[] = [];
  const forward = [{name: 'y', actual: layer.apply(tensorOf(x)) as tf.Tensor, expected: y.values}];
  if (after != null) {
    layer.apply(tensorOf(x), {training: true});
    const [, , mean, variance] = layer.getWeights().map(weight => tf.clone(weight));
    // The step's share alone differs: n values of the batch, divided by n here and by n - 1 there.
    const n = x.values.length / variance.size;
    const old = tf.mul(tensorOf(state['running_var']), 0.9);
    const unbiased = tf.add(old, tf.mul(tf.sub(variance, old), n / (n - 1)));
    const {running_mean, running_var} = after;
    statistics.push({name: 'mean', actual: mean, expected: running_mean.values});
    statistics.push({name: 'unbiased variance', actual: unbiased, expected: running_var.values});
  }
  layer.dispose();
  return {forward, statistics};
}

export const moduleSubjects = MODULES.map((c): Subject => {
  const [framework, module] = c.name.split(' ');
  return {
    ...{framework: `Modules of ${framework}`, subject: `\`${module}\``, name: c.name},
    // Float32 on both sides; JAX's sums are those of E[x²] - E[x]².
    tolerance: 5e-6,
    compare: () => compare(c),
  };
});
