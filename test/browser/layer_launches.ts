/** How many programs layers launch, tfjs's own and ours: docs/webgl.md and docs/webgpu.md say so. */
import * as tf from '@tensorflow/tfjs';
import * as tfn from '../../src/index.js';
import {assertSame, type Case, tidyCase} from '../cases/case.js';
import {random} from '../random.js';
import {launches} from './launches.js';

type Row = {
  name: string;
  make: () => tf.layers.Layer;
  shape: number[];
  /** Forward in training, and a step: that and the gradients of x, gamma and beta. */
  launches: {forward: number; step: number};
};

/** A step's launches are 4 for each row and each feature, and some that do not depend on the shape. */
const layerNorms = (forward: number, others: number): Row[] =>
  [
    [4, 32, 768],
    [8, 16, 100],
  ].map(shape => {
    const [images, positions, features] = shape;
    const step = 4 * (images * positions + features) + others;
    const make = () => tf.layers.layerNormalization({});
    return {name: "tfjs's layer norm", make, shape, launches: {forward, step}};
  });
const batchNorm = {
  name: "tfjs's batch norm",
  make: () => tf.layers.batchNormalization({}),
  shape: [32, 56, 56, 64],
};

const ourBatchNorm = {
  ...batchNorm,
  name: 'our batch norm',
  make: () => tfn.layers.batchNormalization(),
};

const ROWS: Record<'webgl' | 'webgpu', Row[]> = {
  webgl: [
    ...layerNorms(19, 77),
    {...batchNorm, launches: {forward: 30, step: 106}},
    {...ourBatchNorm, launches: {forward: 5, step: 9}},
  ],
  webgpu: [
    ...layerNorms(9, 39),
    // Its launches do not depend on the size either, but their time does.
    {...batchNorm, shape: [4, 14, 14, 64], launches: {forward: 13, step: 49}},
    {...ourBatchNorm, launches: {forward: 5, step: 9}},
  ],
};

/** What is small is not left to the CPU here, as it would be by default. */
async function checkLaunches({make, shape, launches: expected}: Row) {
  const layer = make();
  layer.build(shape);
  const tensor = (seed: number) => tf.tensor(random(tf.util.sizeFromShape(shape), seed), shape);
  const [x, dy] = [tensor(1), tensor(2)];
  const [gamma, beta] = layer.trainableWeights.map(weight => weight.read());
  const forward = () => layer.apply(x, {training: true}) as tf.Tensor;
  const step = () => tf.engine().gradients(forward, [x, gamma, beta], dy);
  // Uploads these. Numbers in tf ops are still uploaded each time.
  await tf.tidy(forward).data();
  await tf.neg(dy).data();
  const found = [forward, step].map(f => launches(() => void f()).length);
  for (const weight of layer.weights) weight.dispose();
  assertSame('launches', found, [expected.forward, expected.step]);
}

/** Of maps whose rows are odd in number: tfjs's own batch norm is one launch, accelerated or not. */
async function checkInference() {
  const layer = tf.layers.batchNormalization({});
  const x = tf.neg(tf.tensor(random(4 * 7 * 7 * 8, 1), [4, 7, 7, 8]));
  const infer = () => layer.apply(x) as tf.Tensor;
  const undo = tfn.accelerate();
  try {
    // Uploads the weights.
    await tf.tidy(infer).data();
    assertSame('launches', [launches(() => void infer()).length], [1]);
  } finally {
    undo();
    for (const weight of layer.weights) weight.dispose();
  }
}

export const layerLaunches = (backend: 'webgl' | 'webgpu'): Case[] => [
  ...ROWS[backend].map(row =>
    tidyCase(`launches of ${row.name}, [${row.shape.join(', ')}]`, () => checkLaunches(row)),
  ),
  tidyCase('launches of an accelerated inference', checkInference),
];
