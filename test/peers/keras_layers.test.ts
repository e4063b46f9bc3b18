/** What Keras's tests expect of masks, renorm, `Normalization` and spectral normalization. */
import * as tf from '@tensorflow/tfjs';
import * as tfn from '../../src/index.js';
import {BACKENDS} from '../backends.js';
import {expectNear} from './near.js';
import {NORMALIZATIONS} from './normalization_expectations.js';

const {batchNormalization, normalization, spectralNormalization} = tfn.layers;
const uniform = (shape: number[]) => tf.randomUniform(shape, 0, 1, 'float32', 1);

/** Of half of the test data each, as there. */
function batchesOf(data: number[][] | number[][][], tested: number): tf.Tensor[] {
  const half = Math.max(1, Math.floor(tested / 2));
  const starts = Array.from({length: Math.ceil(data.length / half)}, (_, i) => i * half);
  return starts.map(start => tf.tensor(data.slice(start, start + half) as number[][]));
}

describe.each(BACKENDS)('on %s', backend => {
  beforeAll(() => tf.setBackend(backend));

  test.each(NORMALIZATIONS)('$source: $test', async ({args, adapt, x, isInteger, y}) => {
    const input = tf.tensor(x as number[], undefined, isInteger === true ? 'int32' : 'float32');
    const layer = normalization(args);
    for (const data of adapt == null ? [null] : [adapt, batchesOf(adapt, input.shape[0])]) {
      if (data != null) await layer.adapt(data);
      expectNear(layer.apply(input) as tf.Tensor, y as number[], 1e-6);
      expect(layer.getWeights()).toHaveLength(data == null ? 0 : 3);
    }
  });

  test('tf-keras, normalization_test.py: test_multiple_adapts', async () => {
    const layer = normalization({inputShape: [1]});
    const model = tf.sequential({layers: [layer]});
    await layer.adapt([[0], [2], [0], [2]]);
    expectNear(model.predict(tf.tensor([[2], [2]])) as tf.Tensor, [[1], [1]], 1e-6);
    await layer.adapt([[2], [4], [2], [4]]);
    expectNear(model.predict(tf.tensor([[2], [2]])) as tf.Tensor, [[-1], [-1]], 1e-6);
  });

  test('Keras 3, normalization_test.py: test_normalization_adapt and the forms of data', async () => {
    const x = uniform([32, 4]);
    const batches = tf.split(x, 4);
    const labelled = batches.map(batch => [batch, tf.zeros([8])]);
    for (const data of [x, batches, batches.values(), labelled, tf.data.array(batches)]) {
      const layer = normalization();
      await layer.adapt(data);
      const {mean, variance} = tf.moments(layer.apply(x) as tf.Tensor, 0);
      expectNear(mean, [0, 0, 0, 0], 1e-5);
      expectNear(variance, [1, 1, 1, 1], 1e-5);
    }
    const layer = normalization({axis: [1, 2]});
    const images = uniform([32, 4, 3, 5]);
    await layer.adapt(images);
    const {mean, variance} = tf.moments(layer.apply(images) as tf.Tensor, [0, 3]);
    expectNear(mean, tf.zeros([4, 3]).arraySync(), 1e-5);
    expectNear(variance, tf.ones([4, 3]).arraySync(), 1e-5);
  });

  test('Keras 3, normalization_test.py: test_adapt_tf_dataset_with_labels', async () => {
    const layer = normalization();
    const batches = tf.split(tf.ones([32, 3]), 4).map(xs => ({xs, ys: tf.ones([8])}));
    await layer.adapt(tf.data.array(batches));
    const [mean, variance] = layer.getWeights();
    expectNear(mean, [1, 1, 1], 1e-7);
    expectNear(variance, [0, 0, 0], 1e-7);
  });

  test.each([
    ['Keras 3', 8],
    ['tf-keras', 1],
  ])('%s, spectral_normalization_test.py: test_apply_layer', (_, powerIterations) => {
    const kernelInitializer = tf.initializers.ones();
    const layer = tf.layers.conv2d({filters: 1, kernelSize: 2, kernelInitializer});
    const wrapper = spectralNormalization({layer, powerIterations});
    const images = tf.ones([1, 2, 2, 1]);
    const apply = (training: boolean) => wrapper.apply(images, {training}) as tf.Tensor;
    expectNear(apply(false), [[[[4]]]], 1e-6);
    expectNear(apply(true), [[[[2]]]], 1e-6);
  });

  test('tf-keras, spectral_normalization_test.py: test_normalization', () => {
    const kernelInitializer = tf.initializers.constant({value: 2});
    const layer = tf.layers.conv2d({filters: 1, kernelSize: 2, kernelInitializer});
    const wrapper = spectralNormalization({layer});
    // The largest eigenvalue of a 2 by 2 matrix of twos is 4.
    for (const [training, value] of [
      [false, 2],
      [true, 0.5],
    ] as const) {
      wrapper.apply(tf.ones([1, 2, 2, 1]), {training});
      expectNear(tf.reshape(wrapper.getWeights()[0], [4]), Array<number>(4).fill(value), 1e-6);
    }
  });

  describe('Keras 3, batch_normalization_test.py', () => {
    test('test_input_fully_masked', () => {
      const layer = batchNormalization({scale: false, center: false});
      const y = layer.apply(tf.zeros([4, 5]), {mask: tf.zeros([4]), training: true}) as tf.Tensor;
      expectNear(y, tf.zeros([4, 5]).arraySync(), 0);
    });

    test.each([0, 0.1, 1])('test_bachnorm_ignore_masked_values, %f', async maskValue => {
      const sequence = [
        [1, 5],
        [2, 5],
        [maskValue, maskValue],
        [maskValue, maskValue],
      ];
      const x = tf.tensor(Array<number[][]>(10).fill(sequence));
      const model = tf.sequential();
      model.add(tf.layers.masking({maskValue, inputShape: [4, 2]}));
      model.add(batchNormalization({momentum: 0}));
      model.compile({optimizer: 'rmsprop', loss: 'meanSquaredError'});
      await model.fit(x, x, {batchSize: 10, epochs: 5, verbose: 0});
      const [, , mean, variance] = model.layers[1].getWeights();
      expectNear(mean, [1.5, 5], 1e-6);
      expectNear(variance, [0.25, 0], 1e-6);
    });

    test('test_masked_broadcast_normalization', () => {
      const layer = batchNormalization({momentum: 0});
      const kwargs = {training: true, mask: tf.ones([1, 2, 1])};
      const y = layer.apply(tf.ones([1, 2, 3, 4]), kwargs) as tf.Tensor;
      expectNear(y, tf.zeros([1, 2, 3, 4]).arraySync(), 1e-6);
      const [, , mean, variance] = layer.getWeights();
      expectNear(mean, [1, 1, 1, 1], 1e-6);
      expectNear(variance, [0, 0, 0, 0], 1e-6);
    });

    test('test_renorm_basics', () => {
      for (const renormClipping of [null, {rmax: 3, rmin: 0.3, dmax: 5}]) {
        const layer = batchNormalization({renorm: true, renormClipping});
        const x = uniform([2, 4, 4, 3]);
        expect((layer.apply(x, {training: true}) as tf.Tensor).shape).toEqual(x.shape);
        expect(layer.trainableWeights).toHaveLength(2);
        expect(layer.nonTrainableWeights).toHaveLength(5);
      }
    });

    test('test_renorm_stddev_initializer', () => {
      const movingVarianceInitializer = tf.initializers.constant({value: 4});
      const layer = batchNormalization({renorm: true, movingVarianceInitializer});
      layer.build([null, 5]);
      const [, , , , movingStddev, , renormStddev] = layer.getWeights();
      expectNear(movingStddev, [2, 2, 2, 2, 2], 1e-6);
      expectNear(renormStddev, [2, 2, 2, 2, 2], 1e-6);
    });

    test('test_renorm_inference', () => {
      const [plain, renorm] = [false, true].map(renorm => batchNormalization({renorm}));
      [plain, renorm].forEach(layer => {
        layer.build([null, 10]);
      });
      const four = [1, 2, 3, 4].map(seed => tf.randomUniform([10], 0.5, 2, 'float32', seed));
      plain.setWeights(four);
      renorm.setWeights([...four, ...renorm.getWeights().slice(4)]);
      const x = uniform([4, 10]);
      expect((renorm.apply(x) as tf.Tensor).dataSync()).toEqual(
        (plain.apply(x) as tf.Tensor).dataSync(),
      );
    });

    test('test_renorm_correctness', () => {
      const [epsilon, momentum, renormMomentum] = [1e-3, 0.9, 0.8];
      const layer = batchNormalization({epsilon, momentum, renorm: true, renormMomentum});
      layer.build([null, 3]);
      const start = layer
        .getWeights()
        .map((_, i) => tf.randomUniform([3], 0.5, 2, 'float32', i + 1));
      layer.setWeights(start);
      const [gamma, beta, movingMean, , movingStddev, renormMean, renormStddev] = start;
      const x = tf.tensor([
        [4, 6, 2],
        [8, -2, 5],
        [6, 4, 3],
      ]);
      const {mean, variance} = tf.moments(x, 0);
      const stddev = tf.sqrt(tf.add(variance, epsilon));
      const r = tf.div(stddev, renormStddev);
      const d = tf.div(tf.sub(mean, renormMean), renormStddev);
      const corrected = tf.add(tf.mul(tf.div(tf.sub(x, mean), stddev), r), d);
      const y = tf.add(tf.mul(corrected, gamma), beta);
      expectNear(layer.apply(x, {training: true}) as tf.Tensor, y.arraySync(), 1e-5);

      const moved = (before: tf.Tensor, batch: tf.Tensor, share: number) =>
        tf.add(tf.mul(before, share), tf.mul(batch, 1 - share));
      const movedStddev = moved(movingStddev, stddev, momentum);
      const expected = [
        moved(movingMean, mean, momentum),
        tf.sub(tf.square(movedStddev), epsilon),
        movedStddev,
        moved(renormMean, mean, renormMomentum),
        moved(renormStddev, stddev, renormMomentum),
      ];
      layer
        .getWeights()
        .slice(2)
        .forEach((weight, i) => {
          expectNear(weight, expected[i].arraySync(), 1e-5);
        });
    });
  });
});
