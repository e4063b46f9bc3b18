import {readFileSync} from 'node:fs';
import {join} from 'node:path';
import * as tf from '@tensorflow/tfjs-core';
import {type layers, models} from '@tensorflow/tfjs-layers';
import {BatchNormalization, LayerNormalization} from '../src/index.js';
import * as ops from '../src/ops/index.js';
import {BACKENDS} from './backends.js';

type OpCase = {
  name: string;
  /** PyTorch and Keras have no power normalization. */
  op: Exclude<keyof typeof ops, 'backendInfo' | 'powerNorm' | 'powerNormState'>;
  config: object;
  shape: number[];
  paramShape: number[];
  /** The op's inputs; the gradients of its outputs (dy); a factor of dx for the second order (v). */
  in: Record<string, number[]>;
  /** The op's outputs; the gradients of its inputs (dx); those of sum(dx * v) (ddx). */
  out: Record<string, number[]>;
};

type LayerCase = {
  name: string;
  className: string;
  config: object;
  shape: number[];
  weights: {name: string; shape: number[]; values: number[]}[];
  steps: {training: boolean; x: number[]; y: number[]}[];
  /** The weights' values after the steps. */
  after: number[][];
};

type Tensors = Record<string, tf.Tensor>;

const golden = JSON.parse(readFileSync(join(__dirname, 'golden/golden.json'), 'utf8')) as {
  ops: OpCase[];
  layers: LayerCase[];
};

// Tolerances are relative to the rms of the expected array. The first three are what we promise
// against the truth; Keras rounds too, in an order of its own.
const VALUE = 2e-6;
const GRADIENT = 1e-5;
const SECOND_ORDER = 1e-5;
const KERAS = 5e-6;

function expectClose(actual: tf.Tensor, expected: number[], tolerance: number): void {
  expect(actual.size).toBe(expected.length);
  const values = actual.dataSync();
  const rms = Math.sqrt(expected.reduce((sum, e) => sum + e * e, 0) / expected.length);
  const errors = expected.map((e, i) => Math.abs(values[i] - e) / (rms || 1));
  expect(Math.max(...errors)).toBeLessThanOrEqual(tolerance);
}

const tensor = (c: OpCase, name: string): tf.Tensor =>
  tf.tensor(c.in[name], ['x', 'dy', 'v'].includes(name) ? c.shape : c.paramShape);

function inputs(c: OpCase): Tensors {
  const names = ['x', 'gamma', 'beta', 'mean', 'variance'].filter(name => name in c.in);
  return Object.fromEntries(names.map(name => [name, tensor(c, name)]));
}

function run({op, config}: OpCase, {x, mean, variance, ...affine}: Tensors): Tensors {
  switch (op) {
    case 'batchNorm':
      return ops.batchNorm(x, {...config, ...affine});
    case 'batchNormInference':
      return {y: ops.batchNormInference(x, mean, variance, {...config, ...affine})};
    default:
      return {y: ops[op](x, {...config, ...affine})};
  }
}

/** The gradients of `loss` with respect to each of the inputs. */
function gradients(of: Tensors, loss: (inputs: Tensors) => tf.Tensor): Tensors {
  const names = Object.keys(of);
  const named = (tensors: tf.Tensor[]) => Object.fromEntries(names.map((n, i) => [n, tensors[i]]));
  return named(tf.grads((...xs: tf.Tensor[]) => loss(named(xs)))(Object.values(of)));
}

/** The scalar whose gradients the case has: each output times the gradient it is given. */
function loss(c: OpCase, of: Tensors): tf.Tensor {
  const terms = Object.entries(run(c, of))
    .filter(([name]) => `d${name}` in c.in)
    .map(([name, output]) => tf.sum(tf.mul(output, tensor(c, `d${name}`))));
  return tf.addN(terms);
}

/** A layer of ours, read from the config as Keras writes it. */
async function layerOf({className, config, shape}: LayerCase): Promise<layers.Layer> {
  const batchShape = [null, ...shape.slice(1)];
  const layer = {
    class_name: className in FUSED ? FUSED[className] : className,
    config: {...config, batch_input_shape: batchShape},
  };
  const model = await models.modelFromJSON({
    class_name: 'Sequential',
    config: {name: 'model', layers: [layer]},
  });
  return model.layers[0];
}

const FUSED: Record<string, string> = {
  BatchNormalization: BatchNormalization.className,
  LayerNormalization: LayerNormalization.className,
};

const withGradient = golden.ops.filter(c => 'dx' in c.out);
const withSecondOrder = golden.ops.filter(c => 'ddx' in c.out);

describe.each(BACKENDS)('on %s', backend => {
  beforeAll(() => tf.setBackend(backend));

  test('the backend is there', () => {
    expect(tf.getBackend()).toBe(backend);
  });

  test.each(golden.ops)('$name has the value that PyTorch computes in float64', c => {
    for (const [name, output] of Object.entries(run(c, inputs(c)))) {
      expect(output.shape).toEqual(name === 'y' ? c.shape : c.paramShape);
      expectClose(output, c.out[name], VALUE);
    }
  });

  test.each(withGradient)('$name has the gradients of PyTorch', c => {
    const found = Object.entries(gradients(inputs(c), of => loss(c, of)));
    for (const [name, gradient] of found) expectClose(gradient, c.out[`d${name}`], GRADIENT);
  });

  test.each(withSecondOrder)('$name has the second-order gradients of PyTorch', c => {
    const {x, gamma, ...others} = inputs(c);
    const dx = (of: Tensors) => gradients(of, of => loss(c, {...of, ...others})).x;
    const penalty = (of: Tensors) => tf.sum(tf.mul(dx(of), tensor(c, 'v')));
    const found = Object.entries(gradients('gamma' in c.in ? {x, gamma} : {x}, penalty));
    for (const [name, gradient] of found) expectClose(gradient, c.out[`dd${name}`], SECOND_ORDER);
  });

  test.each(golden.layers)('$name: its config and weights give its output', async c => {
    const layer = await layerOf(c);
    const names = layer.weights.map(({originalName}) => originalName.split('/').pop());
    expect(names).toEqual(c.weights.map(({name}) => name.replace(':0', '')));
    layer.setWeights(c.weights.map(({values, shape}) => tf.tensor(values, shape)));

    for (const {training, x, y} of c.steps) {
      expectClose(layer.apply(tf.tensor(x, c.shape), {training}) as tf.Tensor, y, KERAS);
    }
    const after = layer.getWeights();
    c.after.forEach((values, i) => {
      expectClose(after[i], values, KERAS);
    });
  });
});
