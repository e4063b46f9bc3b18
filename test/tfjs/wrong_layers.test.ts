/**
 * What is wrong with both of tfjs 4.22's normalization layers, each time beside our result. Where
 * such a test fails on the side of tfjs, tfjs was mended, and docs/compatibility.md has to change.
 */
import * as tf from '@tensorflow/tfjs';
import {expectClose, relativeError} from '../close.js';
import {
  expectRight,
  gradients,
  type Kind,
  makeLayer,
  normal,
  problemOf,
  run,
  setRandomWeights,
  truth,
  twins,
  VALUE,
} from './helpers.js';

const KINDS: {kind: Kind; over: (rank: number) => number[]; ours: string}[] = [
  {
    kind: 'batchNormalization',
    over: rank => Array.from({length: rank - 1}, (_, i) => i),
    ours: 'FusedBatchNormalization',
  },
  {kind: 'layerNormalization', over: rank => [rank - 1], ours: 'FusedLayerNormalization'},
];

describe.each(KINDS)("tfjs's $kind, unlike ours,", ({kind, over, ours: className}) => {
  const problem = (shape: number[]) => problemOf(shape, over(shape.length), [shape.length - 1]);

  test.each([{scale: false}, {center: false}, {scale: false, center: false}])(
    'cannot train with %j',
    args => {
      const {tfjs, ours} = twins(kind, args, [6, 5]);
      const x = normal([6, 5], 1, 2, 3);
      expect(() => gradients(tfjs, x, x)).toThrow('Cannot read properties of undefined');
      expectRight(ours, x, problem([6, 5]));
    },
  );

  test.each([{shape: [2, 2, 3, 2, 5]}, {shape: [2, 2, 1, 3, 2, 5]}])(
    'takes no input of shape $shape',
    ({shape}) => {
      const x = normal(shape, 1, 2, 3);
      expect(() => run(makeLayer('tfjs', kind), x)).toThrow(
        /batchNormalization is not implemented/,
      );
      const layer = makeLayer('ours', kind);
      run(layer, x);
      setRandomWeights(layer);
      expectRight(layer, x, problem(shape));
    },
  );

  test('cuts its output to whole numbers if its input is of whole numbers', () => {
    const {tfjs, ours} = twins(kind, {}, [4, 3]);
    const x = tf.tensor2d([1, 2, 4, 3, 9, 5, 2, 2, 7, 6, 1, 8], [4, 3], 'int32');
    const {y} = truth(ours, x, x, problem([4, 3]));
    expect(Array.from(run(tfjs, x, true).dataSync())).toEqual(
      y.map(value => Math.trunc(value) + 0),
    );
    expectClose(run(ours, x, true), y, VALUE);
  });

  test('loses half of its digits where the mean is 10000 standard deviations', () => {
    const shape = [32, 32];
    const {tfjs, ours} = twins(kind, {}, shape);
    const [x, dy] = [normal(shape, 1, 1e4, 1), normal(shape, 2)];
    const {y, gradients: expected} = truth(ours, x, dy, problem(shape));
    expect(relativeError(run(tfjs, x, true), y)).toBeGreaterThan(1e-4);
    expect(relativeError(gradients(tfjs, x, dy)[1], expected[1])).toBeGreaterThan(1e-4);
    expectRight(ours, x, problem(shape));
  });

  test.each([
    ['L1', {l1: 0.5, l2: 0}],
    ['L2', {l1: 0, l2: 0.5}],
  ])("does not load with Keras's regularizer %s", async (name, expected) => {
    const key = name.toLowerCase() as 'l1' | 'l2';
    const load = (class_name: string) => {
      const regularizer = {class_name: name, config: {[key]: 0.5}};
      const config = {batch_input_shape: [null, 4], gamma_regularizer: regularizer};
      const layers = [{class_name, config}];
      return tf.models.modelFromJSON({class_name: 'Sequential', config: {layers}} as never);
    };
    await expect(load(className.replace('Fused', ''))).rejects.toThrow(
      `Unknown regularizer: ${name}`,
    );
    const [layer] = (await load(className)).layers;
    expect(layer.getConfig()['gammaRegularizer']).toEqual({className: 'L1L2', config: expected});
  });
});
