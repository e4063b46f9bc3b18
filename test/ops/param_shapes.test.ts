/** Parameters in other shapes than that of the features, which can only mean the same. */
import * as tf from '@tensorflow/tfjs-core';
import '../backends.js';
import * as tfn from '../../src/ops/index.js';
import {random} from '../random.js';

beforeAll(() => tf.setBackend('cpu'));

const tensor = (seed: number, ...shape: number[]) =>
  tf.tensor(
    random(tf.util.sizeFromShape(shape), seed).map(v => 0.5 + v * v),
    shape,
  );

type Op = (x: tf.Tensor, ...params: tf.Tensor[]) => tf.Tensor;
type Row = {
  name: string;
  x: number[];
  op: Op;
  features: number[];
  /** How many parameters the op takes. */
  count: number;
  same: number[][];
  refused: number[][];
};

const images = [2, 4, 5, 3];
const last = [[1, 3], [1, 1, 3], [1, 1, 1, 3], [1, 1, 1, 1, 3]]; // prettier-ignore
const first = [[3, 1, 1], [1, 3, 1, 1], [1, 1, 3, 1, 1]]; // prettier-ignore
const firstImages = [2, 3, 5, 4];

const ROWS: Row[] = [
  {
    name: 'batchNorm',
    x: images,
    op: (x, gamma, beta) => tfn.batchNorm(x, {gamma, beta}).y,
    ...{features: [3], count: 2, same: last, refused: [[3, 1], [1], [1, 3, 1, 1]]}, // prettier-ignore
  },
  {
    name: 'batchNorm, channels first',
    x: firstImages,
    op: (x, gamma, beta) => tfn.batchNorm(x, {axis: 1, gamma, beta}).y,
    ...{features: [3], count: 2, same: first, refused: [[1, 1, 1, 3], [1, 3], [3, 1]]}, // prettier-ignore
  },
  {
    name: 'batchNorm of two axes',
    x: images,
    op: (x, gamma, beta) => tfn.batchNorm(x, {axis: [1, 3], gamma, beta}).y,
    ...{features: [4, 3], count: 2, same: [[4, 1, 3], [1, 4, 1, 3]], refused: [[3, 4], [12]]}, // prettier-ignore
  },
  {
    name: 'batchNormInference',
    x: images,
    op: (x, mean, variance, gamma, beta) =>
      tfn.batchNormInference(x, mean, variance, {gamma, beta}),
    ...{features: [3], count: 4, same: last, refused: [[3, 1], [], [1, 1, 3, 1]]}, // prettier-ignore
  },
  {
    name: 'batchNormInference of one channel',
    x: [2, 4, 1],
    op: (x, mean, variance, gamma, beta) =>
      tfn.batchNormInference(x, mean, variance, {gamma, beta}),
    ...{features: [1], count: 4, same: [[], [1, 1], [1, 1, 1, 1]], refused: [[2, 1, 1], [0]]}, // prettier-ignore
  },
  {
    name: 'layerNorm',
    x: images,
    op: (x, gamma, beta) => tfn.layerNorm(x, {gamma, beta}),
    ...{features: [3], count: 2, same: last, refused: [[3, 1], [4, 5, 3]]}, // prettier-ignore
  },
  {
    name: 'layerNorm with rmsScaling',
    x: images,
    op: (x, gamma, beta) => tfn.layerNorm(x, {rmsScaling: true, gamma, beta}),
    ...{features: [3], count: 2, same: last, refused: [[3, 1]]},
  },
  {
    // Neither axis is the one to which [3] belongs by its size alone.
    name: 'layerNorm of equal axes',
    x: [2, 3, 3],
    op: (x, gamma) => tfn.layerNorm(x, {axis: 1, gamma}),
    ...{features: [3], count: 1, same: [[3, 1], [1, 3, 1]], refused: [[1, 3], [1, 1, 3]]}, // prettier-ignore
  },
  {
    name: 'rmsNorm of several axes',
    x: images,
    op: (x, gamma) => tfn.rmsNorm(x, {axis: [1, 2, 3], gamma}),
    ...{features: [4, 5, 3], count: 1, same: [[1, 4, 5, 3]], refused: [[3], [1, 1, 3]]}, // prettier-ignore
  },
  {
    name: 'groupNorm',
    x: images,
    op: (x, gamma, beta) => tfn.groupNorm(x, {groups: 3, gamma, beta}),
    ...{features: [3], count: 2, same: last, refused: [[3, 1]]},
  },
  {
    name: 'instanceNorm, channels first',
    x: firstImages,
    op: (x, gamma, beta) => tfn.instanceNorm(x, {axis: 1, gamma, beta}),
    ...{features: [3], count: 2, same: first, refused: [[1, 1, 1, 3]]},
  },
  {
    name: 'filterResponseNorm',
    x: images,
    op: (x, gamma, beta) => tfn.filterResponseNorm(x, {gamma, beta}),
    ...{features: [3], count: 2, same: last, refused: [[3, 1]]},
  },
  {
    name: "filterResponseNorm's learnedEpsilon",
    x: images,
    op: (x, learnedEpsilon) => tfn.filterResponseNorm(x, {learnedEpsilon}),
    ...{features: [1], count: 1, same: [[], [1, 1, 1, 1]], refused: [[3], [0]]}, // prettier-ignore
  },
  ...[{}, {training: true}].map(config => ({
    name: `powerNorm with ${JSON.stringify(config)}`,
    x: images,
    op: ((x, gamma, beta) => {
      const state = tfn.powerNormState(3);
      const y = tfn.powerNorm(x, state, {...config, gamma, beta});
      return y;
    }) as Op,
    ...{features: [3], count: 2, same: last, refused: [[3, 1]]},
  })),
];

const CASES = ROWS.flatMap(row => row.same.map(shape => ({...row, shape})));

test.each(CASES)('$name takes parameters of shape $shape', ({x, op, features, count, shape}) => {
  const input = tensor(9, ...x);
  const params = Array.from({length: count}, (_, i) => tensor(i, ...features));
  const shaped = params.map(param => tf.reshape(param, shape));
  expect(op(input, ...shaped).dataSync()).toEqual(op(input, ...params).dataSync());
  const [expected, found] = [params, shaped].map(params => tf.grads(op)([input, ...params]));
  found.forEach((gradient, i) => {
    expect(gradient.shape).toEqual([input, ...shaped][i].shape);
    expect(gradient.dataSync()).toEqual(expected[i].dataSync());
  });
});

const REFUSED = ROWS.flatMap(row => row.refused.map(shape => ({...row, shape})));

test.each(REFUSED)('$name refuses them of shape $shape', ({x, op, features, count, shape}) => {
  const params = Array.from({length: count}, () => tf.ones(shape));
  expect(() => op(tf.ones(x), ...params)).toThrow(
    `must have the shape [${features.join(', ')}], but has [${shape.join(', ')}].`,
  );
});
