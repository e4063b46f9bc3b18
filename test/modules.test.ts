/** Weights of PyTorch's and Flax's modules in our layers, as docs/weights.md carries them over. */
import {readFileSync} from 'node:fs';
import * as tf from '@tensorflow/tfjs-core';
import type {layers} from '@tensorflow/tfjs-layers';
import * as tfn from '../src/index.js';
import {BACKENDS} from './backends.js';
import {expectClose} from './close.js';

type Values = {shape: number[]; values: number[]};
type State = Record<string, Values>;
type Case = {
  name: string;
  layer: keyof typeof tfn.layers;
  args: object;
  state: State;
  x: Values;
  y: Values;
  /** After a step of training on `x`. */
  after?: State;
};

const CASES = JSON.parse(readFileSync('test/golden/modules.json', 'utf8')) as Case[];

/** PyTorch's and Flax's names, in the order of our weights. */
const ORDER = ['weight', 'scale', 'bias', 'running_mean', 'mean', 'running_var', 'var'];

const tensorOf = ({shape, values}: Values) => tf.tensor(values, shape);
const weightsOf = (state: State) =>
  ORDER.flatMap(name => (name in state ? [tensorOf(state[name])] : []));

// Float32 on both sides; JAX's sums are those of E[x²] - E[x]².
const VALUE = 5e-6;

function layerOf({layer: name, args, state, x}: Case): layers.Layer {
  const layer = tfn.layers[name](args as never) as layers.Layer;
  layer.build(x.shape);
  layer.setWeights(weightsOf(state));
  return layer;
}

describe.each(BACKENDS)('on %s', backend => {
  beforeAll(() => tf.setBackend(backend));

  test.each(CASES)('$name has its output', c => {
    expect(Object.keys(c.state)).toHaveLength(layerOf(c).getWeights().length);
    expectClose(layerOf(c).apply(tensorOf(c.x)) as tf.Tensor, c.y.values, VALUE);
  });

  const trained = CASES.filter(({after}) => after != null);
  test.each(trained)('$name learns the same mean, and the biased variance', c => {
    const layer = layerOf(c);
    layer.apply(tensorOf(c.x), {training: true});
    const [, , mean, variance] = layer.getWeights();
    const {running_mean, running_var} = c.after!;
    expectClose(mean, running_mean.values, VALUE);

    // Of the step's share alone: n values of the batch, divided by n here and by n - 1 there.
    const n = c.x.values.length / variance.size;
    const old = tf.mul(tensorOf(c.state['running_var']), 0.9);
    const unbiased = tf.mul(tf.sub(variance, old), n / (n - 1));
    expectClose(tf.add(old, unbiased), running_var.values, VALUE);
  });
});

test('both frameworks are there', () => {
  const frameworks = CASES.map(({name}) => name.split(' ')[0]);
  expect(new Set(frameworks)).toEqual(new Set(['PyTorch', 'Flax']));
});
