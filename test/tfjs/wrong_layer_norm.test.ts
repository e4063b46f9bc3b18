/**
 * What is wrong with tfjs 4.22's layer normalization, each time beside our result. Where such a
 * test fails on the side of tfjs, tfjs was mended, and docs/compatibility.md has to change.
 */
import * as tf from '@tensorflow/tfjs';
import * as tfn from '../../src/index.js';
import {expectClose, relativeError} from '../close.js';
import {
  expectRight,
  gradients,
  type Layer,
  makeLayer,
  normal,
  problemOf,
  run,
  SOURCES,
  truth,
  twins,
  VALUE,
} from './helpers.js';

const kind = 'layerNormalization';

describe("tfjs's layer normalization, unlike ours,", () => {
  test('gives values the parameters of others if its axes are not sorted', () => {
    const shape = [2, 3, 5];
    const [x, gamma, beta] = [normal(shape, 1), normal([3, 5], 2), normal([3, 5], 3)];
    const [tfjs, ours] = SOURCES.map(source => {
      const layer = makeLayer(source, kind, {axis: [2, 1]});
      layer.apply(x);
      return layer;
    });
    // Parameters along axis 2 and then 1, as tfjs makes them; ours follow the input's axes.
    expect(tfjs.getWeights().map(weight => weight.shape)).toEqual([
      [5, 3],
      [5, 3],
    ]);
    tfjs.setWeights([tf.transpose(gamma), tf.transpose(beta)]);
    ours.setWeights([gamma, beta]);

    const problem = problemOf(shape, [1, 2], [1, 2]);
    expect(relativeError(run(tfjs, x), truth(ours, x, x, problem).y)).toBeGreaterThan(0.1);
    expectRight(ours, x, problem);
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

  test.each([1e25, 1e30])('turns values around %d to zeros', scale => {
    const x = normal([4, 16], 1, 0, scale);
    const {tfjs, ours} = twins(kind, {center: false}, [4, 16]);
    expect(Array.from(run(tfjs, x).dataSync())).toEqual(Array(64).fill(0));
    expectRight(ours, x, problemOf([4, 16], [1], [1]));
  });

  test('turns values around 1e-30 without epsilon to infinity', () => {
    const x = normal([4, 16], 1, 0, 1e-30);
    const {tfjs, ours} = twins(kind, {epsilon: 0}, [4, 16]);
    expect(Array.from(run(tfjs, x).dataSync()).some(Number.isFinite)).toBe(false);
    const {y} = truth(ours, x, x, {...problemOf([4, 16], [1], [1]), epsilon: 0});
    expectClose(run(ours, x), y, VALUE);
  });

  test('needs hundreds of kernels for a small gradient, and more for a larger one', async () => {
    async function kernels(layer: Layer, shape: number[]): Promise<number> {
      const x = normal(shape, 1);
      run(layer, x);
      // The type knows functions of one tensor only.
      const {kernels} = await tf.profile(() => gradients(layer, x, x) as unknown as tf.Tensor);
      return kernels.length;
    }
    const [tfjs, ours] = [makeLayer('tfjs', kind), makeLayer('ours', kind)];
    // For one slice and one addition each: mean and variance per feature, gamma and beta per vector.
    expect(await kernels(tfjs, [8, 16, 64])).toBeGreaterThan(4 * 64 + 4 * 8 * 16);
    expect(await kernels(tfjs, [16, 16, 64])).toBeGreaterThan(4 * 64 + 4 * 16 * 16);
    // Three fused kernels; the rest copy and reshape without touching data.
    const few = 24;
    expect(await kernels(ours, [8, 16, 64])).toBeLessThanOrEqual(few);
    expect(await kernels(ours, [16, 16, 64])).toBeLessThanOrEqual(few);
  });
});
