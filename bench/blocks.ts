/**
 * The time of the fused blocks of docs/blocks.md beside that of the same in our plain norms and tf ops:
 *
 *     node scripts/run.mjs bench/blocks.ts [--backend wasm,tensorflow] [--rounds 15] [--only addRmsNorm]
 *
 * A row has the microseconds of our op, forward and for a step (forward and the gradients of all inputs), and how
 * many times as long the other way takes.
 */
import {parseArgs} from 'node:util';
import '@tensorflow/tfjs-backend-wasm';
import * as tf from '@tensorflow/tfjs';
import * as tfn from '../src/index.js';
import {quantile, timeInterleaved} from './measure.js';

/** All outputs of a block, of inputs whose shapes the case has. */
type Block = (...inputs: tf.Tensor[]) => tf.Tensor[];
type Case = {name: string; shapes: number[][]; ours: Block; other: Block; otherShapes?: number[][]};

const addNorms = (['addLayerNorm', 'addRmsNorm'] as const).flatMap(name =>
  [
    [512, 1024],
    [4096, 768],
  ].map((shape): Case => {
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
const activated = ACTIVATED.flatMap(([activation, f]): Case[] => [
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

const modulated = (['layerNorm', 'rmsNorm'] as const).map((name): Case => ({
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
const heads = [[64], [12, 64]].map((gamma): Case => ({
  name: 'QK-norm, beside layer norm',
  shapes: [[8, 512, 12, 64], gamma],
  ours: (x, gamma) => [tfn.rmsNorm(x, {gamma})],
  otherShapes: [[8, 512, 768], [768]],
  other: (x, gamma) => [tfn.layerNorm(x, {gamma})],
}));

const {values} = parseArgs({
  options: {
    backend: {type: 'string', default: 'wasm,tensorflow'},
    rounds: {type: 'string', default: '15'},
    only: {type: 'string', default: ''},
  },
});

/**
 * Gives the outputs gradients that are there already. tfjs disposes of those that it adds to others, so they are
 * handles of their own on the same values; tf.clone would copy these on wasm.
 */
const join = (grads: tf.Tensor[]) =>
  tf.customGrad((..._: unknown[]) => ({
    value: tf.scalar(0),
    gradFunc: () => grads.map(grad => tf.reshape(grad, grad.shape)),
  }));

/** A forward pass and a step, and the tensors that they need. */
function tasksOf(block: Block, shapes: number[][]) {
  const inputs = shapes.map(shape => tf.randomNormal(shape));
  const grads = tf.tidy(() => block(...inputs).map(({shape}) => shape)).map(shape => tf.randomNormal(shape)); // prettier-ignore
  const step = tf.grads((...inputs: tf.Tensor[]) => join(grads)(...block(...inputs)));
  return {
    tensors: [...inputs, ...grads],
    tasks: [
      {run: () => tf.dispose(tf.tidy(() => block(...inputs)))},
      {run: () => tf.dispose(step(inputs))},
    ],
  };
}

for (const backend of values.backend.split(',')) {
  if (backend === 'tensorflow') await import('@tensorflow/tfjs-node');
  await tf.setBackend(backend);
  console.log(
    `${backend}: microseconds of our op, and times as long the other way, forward and step`,
  );
  for (const {name, shapes, ours, other, otherShapes = shapes} of [
    ...addNorms,
    ...activated,
    ...modulated,
    ...heads,
  ]) {
    if (!name.includes(values.only)) continue;
    const made = [tasksOf(ours, shapes), tasksOf(other, otherShapes)];
    const method = {rounds: Number(values.rounds), warmUp: 100, rest: () => Promise.resolve()};
    const timings = await timeInterleaved(
      made.flatMap(({tasks}) => tasks),
      method,
    );
    const [forward, step, ...others] = timings.map(({samples}) => 1000 * quantile(samples, 0.1));
    const ratios = [others[0] / forward, others[1] / step].map(r => r.toFixed(2).padStart(6));
    const cells = [forward, step].map(t => t.toFixed(0).padStart(7));
    console.log(
      `  ${cells.join('')} ${ratios.join('')}  ${name} [${shapes[0].join(', ')}], [${shapes[1].join(', ')}]`,
    );
    for (const {tensors} of made) tf.dispose(tensors);
  }
}
