/** The parts of tfjs that run on our kernels under `accelerate`, on the active backend. */
import * as tf from '@tensorflow/tfjs';
import * as tfn from '../../src/index.js';
import {MOMENTS} from '../../src/statistic.js';
import {normalizeGrad64} from '../float64.js';
import {assert, assertClose} from '../close.js';
import {kernelsRun} from '../kernels_run.js';
import {random} from '../random.js';
import {type Case, type Precision, tidyCase} from './case.js';
import {casesOf, type Given, type GivenOp} from './given.js';

/** tf.batchNorm takes ranks up to 4, and parameters of one rank that broadcast to x. */
const BATCH_NORMS: Given[] = [
  {name: 'features', shape: [37, 13], axis: -1},
  {name: 'one feature', shape: [7, 1], axis: -1},
  {name: 'rank 3', shape: [4, 9, 6], axis: -1},
  {name: 'images, channels last', shape: [3, 7, 5, 12], axis: -1},
  {name: 'images, channels first', shape: [3, 12, 7, 5], axis: 1},
  {name: 'images with statistics of their own', shape: [3, 7, 5, 12], axis: [0, 3]},
  {name: 'a large mean', shape: [40, 24], axis: -1, mean: 1000},
];

const batchNorm: GivenOp =
  (axis, epsilon) =>
  (x, ...params) => {
    const axes = tf.util.parseAxisParam(axis, x.shape);
    const aligned = x.shape.map((size, i) => (axes.includes(i) ? size : 1));
    // A vector, where tfjs documents one.
    const shape = axis === -1 ? aligned.slice(-1) : aligned;
    const [mean, variance, gamma, beta] = params.map(param => tf.reshape(param, shape));
    return tf.batchNorm(x, mean, variance, beta, gamma, epsilon);
  };

const LAYERS = {
  batchNormalization: [
    {shape: [37, 13], axis: -1},
    {shape: [3, 7, 5, 12], axis: -1},
    {shape: [3, 12, 7, 5], axis: 1},
  ],
  layerNormalization: [
    {shape: [37, 13], axis: [1]},
    {shape: [3, 6, 20], axis: [2]},
    {shape: [3, 6, 5, 4], axis: [1, 3]},
  ],
};
type Kind = keyof typeof LAYERS;

const MOMENTUM = 0.9;

/** One training step of tfjs's layer: output, gradients, moving statistics. */
async function step(kind: Kind, shape: number[], axis: number | number[], precision: Precision) {
  const params = tf.util.parseAxisParam(axis, shape);
  const others = shape.map((_, i) => i).filter(i => !params.includes(i));
  const isBatch = kind === 'batchNormalization';
  const reduced = isBatch ? others : params;
  const layer = isBatch
    ? tf.layers.batchNormalization({axis: params[0], momentum: MOMENTUM})
    : tf.layers.layerNormalization({axis: [...params]});
  layer.build(shape);
  const values = layer.weights.map(({shape}, i) =>
    random(tf.util.sizeFromShape(shape as number[]), 10 + i, 1, 0.3).map(Math.abs),
  );
  layer.setWeights(values.map((v, i) => tf.tensor(v, layer.weights[i].shape as number[])));
  const [$x, $dy] = [
    random(tf.util.sizeFromShape(shape), 1, 1, 2),
    random(tf.util.sizeFromShape(shape), 2),
  ];
  const [x, dy] = [tf.tensor($x, shape), tf.tensor($dy, shape)];

  const inputs = [x, ...layer.trainableWeights.map(weight => weight.read())];
  const run = () => layer.apply(x, {training: true}) as tf.Tensor;
  const {value, grads} = tf.engine().gradients(run, inputs, dy) as unknown as {
    value: tf.Tensor;
    grads: tf.Tensor[];
  };

  const problem = {shape, reduced, params, statistic: MOMENTS, epsilon: 1e-3};
  const [gamma, beta, ...moving] = values;
  const {y, stats, dx, dgamma, dbeta} = normalizeGrad64($dy, $x, gamma, beta, problem);
  assertClose('y', await value.data(), y, precision.forward);
  for (const [i, expected] of [dx, dgamma, dbeta].entries())
    assertClose(['dx', 'dgamma', 'dbeta'][i], await grads[i].data(), expected, precision.gradient);
  const moved = layer.getWeights().slice(2);
  for (const [i, name] of (['mean', 'spread'] as const).slice(0, moved.length).entries()) {
    const expected = Array.from(
      moving[i],
      (before, g) => before * MOMENTUM + stats[g][name] * (1 - MOMENTUM),
    );
    assertClose(name, await moved[i].data(), expected, precision.forward);
  }
  for (const weight of layer.weights) weight.dispose();
}

/** The case with `accelerate` in force, in which our kernels must be what runs. */
const accelerated = ({name, run}: Case): Case => ({
  name,
  run: async () => {
    const undo = tfn.accelerate();
    try {
      const kernels = await kernelsRun(run);
      // Gradients of gradients are made of ops.
      const expected = name.includes('second order') ? 'FusedNormalizeGiven' : 'FusedNormalizeGrad';
      assert(kernels.has(expected), () => `${expected} did not run: ${[...kernels].join(', ')}`);
    } finally {
      undo();
    }
  },
});

export const acceleratedCases = (precision: Precision): Case[] =>
  [
    ...casesOf('accelerated tf.batchNorm', BATCH_NORMS, batchNorm, precision),
    ...(['batchNormalization', 'layerNormalization'] as const).flatMap(kind =>
      LAYERS[kind].map(({shape, axis}) =>
        tidyCase(`accelerated ${kind}: [${shape.join(', ')}], axis ${axis.toString()}`, () =>
          step(kind, shape, axis, precision),
        ),
      ),
    ),
  ].map(accelerated);
