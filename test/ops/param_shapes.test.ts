/** Parameters in other shapes than that of the features, which can only mean the same. */
import * as tf from '@tensorflow/tfjs-core';
import '../backends.js';
import * as tfn from '../../src/ops/index.js';
import {OPS} from '../cases/ops.js';
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
  same: string;
  refused: string;
};

const images = {x: [2, 4, 5, 3], features: [3]};
const channelsFirst = {x: [2, 3, 5, 4], features: [3], count: 2};
const inference: Op = (x, mean, variance, gamma, beta) =>
  tfn.batchNormInference(x, mean, variance, {gamma, beta});

const LAST_AXIS = OPS.filter(({takes}) => takes?.length !== 0).map(
  ({name, takes = ['gamma', 'beta'], run}): Row => ({
    ...{name, ...images, count: takes.length},
    op: (x, gamma, beta) => run({x, gamma, beta}, {}, tfn.powerNormState(3)),
    ...{same: '1x3 1x1x3 1x1x1x3 1x1x1x1x3', refused: '3x1 1 1x3x1x1'},
  }),
);

// prettier-ignore
const ROWS: Row[] = [
  ...LAST_AXIS,
  {...{name: 'batchNorm, channels first', ...channelsFirst},
    op: (x, gamma, beta) => tfn.batchNorm(x, {axis: 1, gamma, beta}).y,
    ...{same: '3x1x1 1x3x1x1 1x1x3x1x1', refused: '1x1x1x3 1x3 3x1'}},
  {...{name: 'instanceNorm, channels first', ...channelsFirst},
    op: (x, gamma, beta) => tfn.instanceNorm(x, {axis: 1, gamma, beta}),
    ...{same: '3x1x1 1x3x1x1', refused: '1x1x1x3'}},
  {...{name: 'batchNorm of two axes', x: images.x, features: [4, 3], count: 2},
    op: (x, gamma, beta) => tfn.batchNorm(x, {axis: [1, 3], gamma, beta}).y,
    ...{same: '4x1x3 1x4x1x3', refused: '3x4 12'}},
  {...{name: 'batchNormInference', ...images, count: 4, op: inference},
    ...{same: '1x3 1x1x1x3', refused: '3x1 1x1x3x1'}},
  {...{name: 'inference of one channel', x: [2, 4, 1], features: [1], count: 4, op: inference},
    ...{same: 'scalar 1x1 1x1x1x1', refused: '2x1x1 0'}},
  {
    // Neither axis is the one to which [3] belongs by its size alone.
    ...{name: 'layerNorm of equal axes', x: [2, 3, 3], features: [3], count: 1},
    op: (x, gamma) => tfn.layerNorm(x, {axis: 1, gamma}),
    ...{same: '3x1 1x3x1', refused: '1x3 2x3'},
  },
  {...{name: 'rmsNorm of several axes', x: images.x, features: [4, 5, 3], count: 1},
    op: (x, gamma) => tfn.rmsNorm(x, {axis: [1, 2, 3], gamma}), ...{same: '1x4x5x3', refused: '3 1x1x3'}},
  {...{name: "filterResponseNorm's learnedEpsilon", x: images.x, features: [1], count: 1},
    op: (x, learnedEpsilon) => tfn.filterResponseNorm(x, {learnedEpsilon}),
    ...{same: 'scalar 1x1x1x1', refused: '3 0'}},
];

const shapeOf = (sizes: string) => (sizes === 'scalar' ? [] : sizes.split('x').map(Number));
const each = (key: 'same' | 'refused') =>
  ROWS.flatMap(row => row[key].split(' ').map(sizes => ({...row, shape: shapeOf(sizes)})));

test.each(each('same'))('$name takes parameters of shape $shape', row => {
  const {x, op, features, count, shape} = row;
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

test.each(each('refused'))('$name refuses them of shape $shape', row => {
  const {x, op, features, count, shape} = row;
  const params = Array.from({length: count}, () => tf.ones(shape));
  const call = () => op(tf.ones(x), ...params);
  expect(call).toThrow(`must have the shape [${features.join(', ')}]`);
  expect(call).toThrow(`but has [${shape.join(', ')}].`);
});
