/**
 * What is wrong with tfjs 4.22's layer normalization, each time beside our result. Where such a
 * test fails on the side of tfjs, tfjs was mended, and docs/compatibility.md has to change.
 */
import * as tf from '@tensorflow/tfjs';
import * as tfn from '../../src/index.js';
import {expectClose, relativeError} from '../close.js';
import {normal} from '../models.js';
import {
  expectRightLayer,
  gradients,
  type Layer,
  makeLayer,
  problemOf,
  run,
  SOURCES,
  truth,
  twins,
  VALUE,
  WRONG,
} from './helpers.js';

const kind = 'layerNormalization';

beforeAll(() => tf.setBackend('cpu'));

describe("tfjs's layer normalization, unlike ours,", () => {
  test('gives values the parameters of others if its axes are not sorted', async () => {
    const shape = [2, 3, 5];
    const [x, gamma, beta] = [normal(shape), normal([3, 5], 2), normal([3, 5], 3)];
    const [tfjs, ours] = SOURCES.map(source => {
      const layer = makeLayer(source, kind, {axis: [2, 1]});
      layer.apply(x);
      return layer;
    });
    // Parameters along axis 2 and then 1, as tfjs makes them; ours follow the input's axes.
    expect(tfjs.getWeights()[0].shape).toEqual([5, 3]);
    tfjs.setWeights([tf.transpose(gamma), tf.transpose(beta)]);
    ours.setWeights([gamma, beta]);
    const problem = problemOf(shape, [1, 2], [1, 2]);
    expect(relativeError(run(tfjs, x), truth(ours, x, problem))).toBeGreaterThan(WRONG);
    await expectRightLayer(ours, x, problem);
  });

  test('writes to the list of axes that it is given', () => {
    const changed = (factory: (args: {axis: number[]}) => Layer) => {
      const axis = [-1];
      factory({axis}).apply(tf.ones([2, 3]));
      return axis;
    };
    expect(changed(tf.layers.layerNormalization)).toEqual([1]);
    expect(changed(tfn.layers.layerNormalization)).toEqual([-1]);
  });

  test.each([
    [1e25, {center: false}, 1e-3, (y: number) => y === 0],
    [1e30, {center: false}, 1e-3, (y: number) => y === 0],
    [1e-30, {epsilon: 0}, 0, (y: number) => !Number.isFinite(y)],
  ])('turns values around %d to zeros or infinity', (scale, args, epsilon, isWrong) => {
    const x = normal([4, 16], 1, 0, scale);
    const {tfjs, ours} = twins(kind, args, [4, 16]);
    expect(run(tfjs, x).dataSync().every(isWrong)).toBe(true);
    const problem = {...problemOf([4, 16], [1], [1]), epsilon};
    expectClose(run(ours, x), truth(ours, x, problem), VALUE);
  });

  test('needs hundreds of kernels for a small gradient, and more for a larger one', async () => {
    async function kernels(layer: Layer, shape: number[]): Promise<number> {
      const x = normal(shape);
      run(layer, x);
      // The type knows functions of one tensor only.
      const {kernels} = await tf.profile(() => gradients(layer, x, x) as unknown as tf.Tensor);
      return kernels.length;
    }
    const [tfjs, ours] = [makeLayer('tfjs', kind), makeLayer('ours', kind)];
    for (const rows of [8, 16]) {
      // One slice and one addition each: mean and variance per feature, gamma and beta per vector.
      const many = 4 * 64 + 4 * rows * 16;
      expect(await kernels(tfjs, [rows, 16, 64])).toBeGreaterThan(many);
      // Three fused kernels; the rest copy and reshape without touching data.
      expect(await kernels(ours, [rows, 16, 64])).toBeLessThanOrEqual(24);
    }
  });
});
