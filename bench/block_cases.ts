/** The blocks of docs/blocks.md in our ops, and the same in our plain norms and tf ops. */
import * as tf from '@tensorflow/tfjs';
import * as tfn from '../src/index.js';

/** All outputs of a block, of inputs whose shapes the case has. */
export type Block = (...inputs: tf.Tensor[]) => tf.Tensor[];
export type BlockCase = {
  /** The name of the block, and of the other way. */
  name: string;
  shapes: number[][];
  ours: Block;
  other: Block;
  /** The other way's inputs. Default to `shapes`. */
  otherShapes?: number[][];
};

const addNorms = (['addLayerNorm', 'addRmsNorm'] as const).flatMap(name =>
  [
    [512, 1024],
    [4096, 768],
  ].map((shape): BlockCase => {
    const features = shape.slice(-1);
    const norm = name === 'addRmsNorm' ? tfn.rmsNorm : tfn.layerNorm;
    return {
      name,
      shapes: [shape, shape, features],
      ours: (x, residual, gamma) => {
        const {y, sum} = tfn[name](x, residual, {gamma});
        return [y, sum];
      },
      other: (x, residual, gamma) => {
        const sum = tf.add(x, residual);
        return [norm(sum, {gamma}), sum];
      },
    };
  }),
);

const ACTIVATED: Array<[tfn.Activation, (z: tf.Tensor) => tf.Tensor]> = [
  ['relu', z => tf.relu(z)],
  ['silu', z => tf.mul(z, tf.sigmoid(z))],
  ['gelu', z => tf.mul(tf.mul(z, 0.5), tf.add(1, tf.erf(tf.mul(z, Math.SQRT1_2))))],
];
const activated = ACTIVATED.flatMap(([activation, f]): BlockCase[] => [
  {
    name: `layerNorm, ${activation}`,
    shapes: [[4096, 768], [768], [768]],
    ours: (x, gamma, beta) => [tfn.layerNorm(x, {gamma, beta, activation})],
    other: (x, gamma, beta) => [f(tfn.layerNorm(x, {gamma, beta}))],
  },
  {
    name: `groupNorm, ${activation}`,
    shapes: [[8, 32, 32, 128], [128], [128]],
    ours: (x, gamma, beta) => [tfn.groupNorm(x, {gamma, beta, activation})],
    other: (x, gamma, beta) => [f(tfn.groupNorm(x, {gamma, beta}))],
  },
]);

const modulated = (['layerNorm', 'rmsNorm'] as const).map((name): BlockCase => ({
  name: `${name}, modulated`,
  shapes: [
    [8, 512, 768],
    [8, 1, 768],
    [8, 1, 768],
  ],
  ours: (x, gamma, beta) => [tfn[name](x, {gamma, beta, gammaOffset: 1})],
  other: (x, scale, shift) => [tf.add(tf.mul(tfn[name](x), tf.add(scale, 1)), shift)],
}));

/** Beside the layer norm of as many bytes, as which it should take about as long. */
const heads = [[64], [12, 64]].map((gamma): BlockCase => ({
  name: 'QK-norm, beside layer norm',
  shapes: [[8, 512, 12, 64], gamma],
  ours: (x, gamma) => [tfn.rmsNorm(x, {gamma})],
  otherShapes: [[8, 512, 768], [768]],
  other: (x, gamma) => [tfn.layerNorm(x, {gamma})],
}));

/** In the tf ops that its authors write. */
const others: BlockCase[] = [
  {
    name: 'GRN',
    shapes: [[8, 32, 32, 128], [128], [128]],
    ours: (x, gamma, beta) => [tfn.globalResponseNorm(x, {gamma, beta})],
    other: (x, gamma, beta) => {
      const norm = tf.norm(x, 'euclidean', [1, 2], true);
      const share = tf.div(norm, tf.add(tf.mean(norm, -1, true), 1e-6));
      return [tf.add(tf.add(tf.mul(gamma, tf.mul(x, share)), beta), x)];
    },
  },
  {
    name: 'DyT',
    shapes: [[4096, 768], [1], [768], [768]],
    ours: (x, alpha, gamma, beta) => [tfn.dynamicTanh(x, {alpha, gamma, beta})],
    other: (x, alpha, gamma, beta) => [tf.add(tf.mul(tf.tanh(tf.mul(alpha, x)), gamma), beta)],
  },
  {
    name: 'Derf',
    shapes: [[4096, 768], [1], [1], [768], [768]],
    ours: (x, alpha, shift, gamma, beta) => [tfn.dynamicErf(x, {alpha, shift, gamma, beta})],
    other: (x, alpha, shift, gamma, beta) => [
      tf.add(tf.mul(tf.erf(tf.add(tf.mul(alpha, x), shift)), gamma), beta),
    ],
  },
];

export const BLOCK_CASES: BlockCase[] = [
  ...addNorms,
  ...activated,
  ...modulated,
  ...heads,
  ...others,
];
