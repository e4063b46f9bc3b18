/** The ops as PyTorch computes them in float64, and what ours compute. */
import * as tf from '@tensorflow/tfjs-core';
import * as ops from '../../src/ops/index.js';
import type {Comparison, Subject} from './comparison.js';
import values from './golden.json' with {type: 'json'};

type OpCase = {
  name: string;
  /** PyTorch and Keras have no power normalization. */
  op: Exclude<
    keyof typeof ops,
    'backendInfo' | 'powerNorm' | 'powerNormState' | 'addLayerNorm' | 'addRmsNorm'
  >;
  config: object;
  shape: number[];
  paramShape: number[];
  /** The op's inputs; the gradients of its outputs (dy); a factor of dx for the second order (v). */
  in: Record<string, number[]>;
  /** The op's outputs; the gradients of its inputs (dx); those of sum(dx * v) (ddx). */
  out: Record<string, number[]>;
};

type Tensors = Record<string, tf.Tensor>;

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

/** The gradients of a gradient of x along `v`. */
function secondOrder(c: OpCase): Tensors {
  const {x, gamma, ...others} = inputs(c);
  const dx = (of: Tensors) => gradients(of, of => loss(c, {...of, ...others})).x;
  const penalty = (of: Tensors) => tf.sum(tf.mul(dx(of), tensor(c, 'v')));
  return gradients('gamma' in c.in ? {x, gamma} : {x}, penalty);
}

const compared = ({out, shape, paramShape}: OpCase, of: Tensors, prefix = ''): Comparison[] =>
  Object.entries(of).map(([name, actual]) => ({
    name: prefix + name,
    actual,
    expected: out[prefix + name],
    shape: /^[xy]$/.test(name) ? shape : paramShape,
  }));

export const opSubjects = (values.ops as unknown as OpCase[]).flatMap((c): Subject[] => {
  const {op, name, out} = c;
  const subject = `\`${op}\``;
  const tolerances = {tolerance: 2e-6, gradientTolerance: 1e-5};
  const common = {framework: 'PyTorch, in float64', subject, name, ...tolerances};
  const first = () => {
    const [y, ...statistics] = compared(c, run(c, inputs(c)), '');
    const dx = 'dx' in out ? gradients(inputs(c), of => loss(c, of)) : {};
    return {forward: [y], statistics, gradient: compared(c, dx, 'd')};
  };
  const second = () => ({'second order': compared(c, secondOrder(c), 'dd')});
  return [
    {...common, compare: first},
    ...('ddx' in out ? [{...common, isSecondOrder: true, compare: second} as const] : []),
  ];
});
