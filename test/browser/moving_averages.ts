/** What a layer of batch norm asks of a training step: moving averages behind the batch. */
import * as tf from '@tensorflow/tfjs-core';
import {normalized} from '../../src/ops/normalized.js';
import {MOMENTS} from '../../src/statistic.js';
import {assertClose, assertSame, type Case, FLOAT32, tidyCase} from '../cases/case.js';
import {normalize64} from '../float64.js';
import {random} from '../random.js';

const MOMENTUM = 0.99;

export type Averages = {mean: tf.Tensor; spread: tf.Tensor};

/** Batch norm of the features along `params`, which moves their averages on. */
export const normalizeAndMove = (
  x: tf.Tensor,
  params: number[],
  moving: Averages,
  affine: {gamma?: tf.Tensor; beta?: tf.Tensor} = {},
) =>
  normalized(x, {
    ...affine,
    statistic: MOMENTS,
    epsilon: 1e-3,
    reduced: x.shape.map((_, axis) => axis).filter(axis => !params.includes(axis)),
    features: params,
    momentsShape: moving.mean.shape,
    moving: {...moving, momentum: MOMENTUM},
  });

const SHAPES = [
  {name: 'an odd number of features', shape: [6, 5], params: [1]},
  {name: 'groups in parts', shape: [20_000, 3], params: [1]},
  {name: 'two axes of features', shape: [4, 9, 3, 5], params: [2, 3]},
];

async function moves({shape, params}: (typeof SHAPES)[number]) {
  const size = tf.util.sizeFromShape(shape);
  const momentsShape = params.map(axis => shape[axis]);
  const groups = tf.util.sizeFromShape(momentsShape);
  const [$x, $mean, $spread] = [random(size, 1, 1, 2), random(groups, 2), random(groups, 3, 4)];
  const [mean, spread] = [$mean, $spread].map(values => tf.tensor(values, momentsShape));
  const moved = normalizeAndMove(tf.tensor($x, shape), params, {mean, spread});
  const reduced = shape.map((_, axis) => axis).filter(axis => !params.includes(axis));
  const problem = {shape, reduced, params: [], statistic: MOMENTS, epsilon: 1e-3};
  const {stats} = normalize64($x, [1], [0], problem);
  for (const [name, before] of Object.entries({mean: $mean, spread: $spread})) {
    const after = moved[name as keyof Averages]!;
    assertSame('shape', after.shape, momentsShape);
    const expected = stats.map(
      (batch, g) => before[g] * MOMENTUM + batch[name as keyof Averages] * (1 - MOMENTUM),
    );
    assertClose(name, await after.data(), expected, FLOAT32.forward);
  }
}

export const movingAverageCases: Case[] = SHAPES.map(row =>
  tidyCase(`moving averages: ${row.name}`, () => moves(row)),
);
