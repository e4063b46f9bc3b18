/** Calls of tf.batchNorm that kernels.test.ts does not have: all give what they gave, or what is right. */
import * as tf from '@tensorflow/tfjs';
import * as tfn from '../../src/index.js';
import {BACKENDS} from '../backends.js';
import {expectClose} from '../close.js';
import {kernelsRun} from '../kernels_run.js';
import {normal} from '../models.js';
import {expectNoLeak} from '../no_leak.js';

const EPSILON = 1e-2;
const VALUE = 2e-6;
const GRADIENT = 1e-5;

const positive = (shape: number[], seed: number) => tf.add(tf.square(normal(shape, seed)), 0.5);

/** The formula, in ops that broadcast on every backend and differentiate to any order. */
const formula = (
  x: tf.Tensor,
  mean: tf.Tensor,
  variance: tf.Tensor,
  offset?: tf.Tensor,
  scale?: tf.Tensor,
) => {
  const xhat = tf.mul(tf.sub(x, mean), tf.rsqrt(tf.add(variance, EPSILON)));
  const scaled = scale == null ? xhat : tf.mul(xhat, scale);
  return offset == null ? scaled : tf.add(scaled, offset);
};
type Op = typeof formula;
const batchNorm: Op = (x, mean, variance, offset, scale) =>
  tf.batchNorm(
    x,
    mean as tf.Tensor1D,
    variance as tf.Tensor1D,
    offset as tf.Tensor1D,
    scale as tf.Tensor1D,
    EPSILON,
  );

let undo: () => void;
beforeEach(() => void (undo = tfn.accelerate({layers: false})));
afterEach(() => undo());

describe.each(BACKENDS)('%s', backend => {
  beforeAll(() => tf.setBackend(backend));

  const SHAPES = {x: [3, 4, 5, 6], param: [6]};
  test.each([
    ['neither', false, false],
    ['offset alone', true, false],
    ['scale alone', false, true],
  ])('with %s has all its gradients', (_, hasOffset, hasScale) => {
    const inputs = [normal(SHAPES.x), normal(SHAPES.param, 2), positive(SHAPES.param, 3)];
    if (hasOffset) inputs.push(normal(SHAPES.param, 4));
    if (hasScale) inputs.push(normal(SHAPES.param, 5));
    const w = normal(SHAPES.x, 6);
    const loss =
      (op: Op) =>
      (...[x, mean, variance, ...others]: tf.Tensor[]) => {
        const [offset, scale] = hasOffset ? others : [undefined, others[0]];
        return tf.sum(tf.mul(w, tf.square(op(x, mean, variance, offset, scale))));
      };
    const penalty =
      (op: Op) =>
      (...inputs: tf.Tensor[]) =>
        tf.sum(tf.square(tf.grads(loss(op))(inputs)[0]));
    for (const made of [loss, penalty]) {
      const expected = tf.grads(made(formula))(inputs);
      tf.grads(made(batchNorm))(inputs).forEach((gradient, i) =>
        expectClose(gradient, expected[i], made === loss ? GRADIENT : 1e-4),
      );
    }
  });

  test('takes one tensor for several of its inputs', () => {
    const [x, param] = [normal([4, 3]), positive([3], 2)];
    const of = (op: Op) => tf.grads((x, param) => op(x, param, param, param, param))([x, param]);
    const expected = of(formula);
    of(batchNorm).forEach((gradient, i) => expectClose(gradient, expected[i], GRADIENT));
  });

  test.each([
    ['statistics of each element', [3, 4], [3, 4], [3, 4]],
    ['statistics of each row, parameters of each feature', [3, 4], [3, 1], [1, 4]],
    ['instances, with parameters of each channel', [2, 5, 4, 3], [2, 1, 1, 3], [1, 1, 1, 3]],
    ['one value for all', [3, 4], [1, 1], [1, 1]],
    ['a single element', [1, 1], [1, 1], [1, 1]],
    ['numbers', [3, 4], [], []],
    ['an input of rank 5', [2, 3, 2, 3, 4], [4], [4]],
    ['an input of rank 1', [4], [4], [4]],
    ['no axis of more than one but the features', [1, 1, 1, 4], [4], [4]],
  ])('%s give the right values', (_, shape, statistics, params) => {
    const inputs = [
      normal(shape),
      normal(statistics, 2),
      positive(statistics, 3),
      normal(params, 4),
      normal(params, 5),
    ] as const;
    expectNoLeak(() => tf.tidy(() => expectClose(batchNorm(...inputs), formula(...inputs), VALUE)));
  });

  test('statistics of each element have the gradients of tfjs', () => {
    const inputs = [
      [3, 4],
      [3, 4],
      [3, 4],
      [3, 4],
      [3, 4],
    ].map((shape, i) => positive(shape, i + 1));
    const gradients = () =>
      tf.grads((...[x, ...rest]) => tf.square(batchNorm(x, ...(rest as [tf.Tensor, tf.Tensor]))))(
        inputs,
      );
    const accelerated = gradients();
    undo();
    gradients().forEach((gradient, i) => expectClose(accelerated[i], gradient, 0));
  });

  test('integers give what they gave', () => {
    const x = tf.tensor2d([1, 0, 3, 0, 5, 6], [2, 3], 'int32');
    const [mean, variance] = [tf.zeros([3]), tf.ones([3])];
    const result = () => {
      try {
        const y = batchNorm(x, mean, variance);
        return {dtype: y.dtype, values: y.dataSync()};
      } catch (error) {
        return String(error);
      }
    };
    const accelerated = result();
    undo();
    expect(accelerated).toEqual(result());
  });

  test('an empty x stays empty', () => {
    expect(batchNorm(tf.zeros([0, 3]), tf.zeros([3]), tf.ones([3])).shape).toEqual([0, 3]);
  });

  test('shapes that do not fit are the same error', () => {
    const message = 'Batch normalization gradient requires mean and variance to have equal ranks.';
    expect(() => batchNorm(tf.zeros([2, 3]), tf.zeros([3]), tf.ones([1, 3]))).toThrow(message);
  });

  test('epsilon is 1e-3 where none is given', () => {
    const [x, mean, variance] = [
      normal([4, 3]),
      tf.zeros([3]) as tf.Tensor1D,
      tf.zeros([3]) as tf.Tensor1D,
    ];
    expectClose(tf.batchNorm(x, mean, variance), tf.div(x, Math.sqrt(1e-3)), VALUE);
    expectClose(x.batchNorm(mean, variance), tf.div(x, Math.sqrt(1e-3)), VALUE);
    const y = tf.engine().runKernel<tf.Tensor>('FusedBatchNorm', {x, mean, variance}, {});
    expectClose(y, tf.div(x, Math.sqrt(1e-3)), VALUE);
  });

  test('runs in models of the converter', async () => {
    const float = {type: 1};
    const constant = (name: string, shape: number[], value: number) => ({
      spec: {name, shape, dtype: 'float32' as const},
      node: {
        name,
        op: 'Const',
        input: [],
        attr: {
          dtype: float,
          value: {tensor: {dtype: 1, tensorShape: {dim: shape.map(size => ({size}))}}},
        },
      },
      values: Array<number>(shape.reduce((a, b) => a * b, 1)).fill(value),
    });
    const constants = [
      constant('scale', [2], 3),
      constant('offset', [2], 5),
      constant('mean', [2], 1),
      constant('variance', [2], 4),
    ];
    const model = tf.loadGraphModelSync({
      modelTopology: {
        node: [
          {
            name: 'x',
            op: 'Placeholder',
            input: [],
            attr: {dtype: float, shape: {shape: {dim: [-1, 2, 2, 2].map(size => ({size}))}}},
          },
          ...constants.map(({node}) => node),
          {
            name: 'y',
            op: 'FusedBatchNormV3',
            input: ['x', 'scale', 'offset', 'mean', 'variance'],
            attr: {
              T: float,
              epsilon: {f: 0},
              data_format: {s: 'TkhXQw=='},
              is_training: {b: false},
            },
          },
        ],
        versions: {producer: 1},
      },
      weightSpecs: constants.map(({spec}) => spec),
      weightData: new Float32Array(constants.flatMap(({values}) => values)).buffer,
      format: 'graph-model',
    } as never);
    let y: tf.Tensor | undefined;
    const kernels = await kernelsRun(
      () => void (y = model.predict(tf.fill([1, 2, 2, 2], 2)) as tf.Tensor),
    );
    expect(kernels).toContain('FusedNormalizeGiven');
    expectClose(y!, Array(8).fill(6.5), VALUE);
  });
});
