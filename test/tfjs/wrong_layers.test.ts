/**
 * What is wrong with both of tfjs 4.22's normalization layers, each time beside our result. Where
 * such a test fails on the side of tfjs, tfjs was mended, and docs/compatibility.md has to change.
 */
import * as tf from '@tensorflow/tfjs';
import {expectClose, relativeError} from '../close.js';
import {normal} from '../models.js';
import {
  built,
  expectRightLayer,
  gradients,
  KINDS,
  makeLayer,
  problemOf,
  run,
  truth,
  twins,
  VALUE,
} from './helpers.js';

beforeAll(() => tf.setBackend('cpu'));

describe.each(KINDS)("tfjs's %s, unlike ours,", kind => {
  const problem = (shape: number[]) => {
    const last = shape.length - 1;
    const others = [...shape.keys()].slice(0, -1);
    return problemOf(shape, kind === 'batchNormalization' ? others : [last], [last]);
  };

  test.each([{scale: false}, {center: false}, {scale: false, center: false}])(
    'cannot train with %j',
    async args => {
      const {tfjs, ours} = twins(kind, args, [6, 5]);
      const x = normal([6, 5], 1, 2, 3);
      expect(() => gradients(tfjs, x, x)).toThrow('Cannot read properties of undefined');
      await expectRightLayer(ours, x, problem([6, 5]));
    },
  );

  test.each([{shape: [2, 2, 3, 2, 5]}, {shape: [2, 2, 1, 3, 2, 5]}])(
    'takes no input of shape $shape',
    async ({shape}) => {
      const x = normal(shape, 1, 2, 3);
      expect(() => run(makeLayer('tfjs', kind), x)).toThrow(
        /batchNormalization is not implemented/,
      );
      await expectRightLayer(built('ours', kind, {}, shape), x, problem(shape));
    },
  );

  test('cuts its output to whole numbers if its input is of whole numbers', () => {
    const {tfjs, ours} = twins(kind, {}, [4, 3]);
    const x = tf.tensor2d([1, 2, 4, 3, 9, 5, 2, 2, 7, 6, 1, 8], [4, 3], 'int32');
    const y = truth(ours, x, problem([4, 3]));
    const cut = y.map(value => Math.trunc(value) + 0);
    expect(Array.from(run(tfjs, x, true).dataSync())).toEqual(cut);
    expectClose(run(ours, x, true), y, VALUE);
  });

  test('loses half of its digits where the mean is 10000 standard deviations', async () => {
    const shape = [32, 32];
    const {tfjs, ours} = twins(kind, {}, shape);
    const x = normal(shape, 1, 1e4, 1);
    expect(relativeError(run(tfjs, x, true), truth(ours, x, problem(shape)))).toBeGreaterThan(1e-4);
    await expectRightLayer(ours, x, problem(shape));
  });

  test.each([
    ['L1', {l1: 0.5, l2: 0}],
    ['L2', {l1: 0, l2: 0.5}],
  ])("does not load with Keras's regularizer %s", async (name, expected) => {
    const load = (class_name: string) => {
      const regularizer = {class_name: name, config: {[name.toLowerCase()]: 0.5}};
      const config = {batch_input_shape: [null, 4], gamma_regularizer: regularizer};
      const layers = [{class_name, config}];
      return tf.models.modelFromJSON({class_name: 'Sequential', config: {layers}} as never);
    };
    const [tfjs, ours] = [makeLayer('tfjs', kind), makeLayer('ours', kind)];
    await expect(load(tfjs.getClassName())).rejects.toThrow(`Unknown regularizer: ${name}`);
    const [layer] = (await load(ours.getClassName())).layers;
    expect(layer.getConfig()['gammaRegularizer']).toEqual({className: 'L1L2', config: expected});
  });
});
