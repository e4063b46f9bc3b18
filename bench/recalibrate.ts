/**
 * How much of the gap between evaluation in both modes `recalibrate` closes, on the network of examples/mnist-cnn
 * trained with batches of 2:
 *
 *     node scripts/run.mjs bench/recalibrate.ts
 */
import * as tf from '@tensorflow/tfjs';
import {recalibrate} from 'tfjs-normalization/models';
import {buildModel, NORMALIZATIONS} from '../examples/mnist-cnn/model.js';
import {type Digits, loadMnist, SIDE, toBatch} from '../examples/shared/mnist.js';
import {firstOnes, shuffled} from '../examples/shared/order.js';

const [BATCH, STEPS, RECALIBRATION] = [2, 6400, 20_000];
const LEARNING_RATE = (0.1 / 32) * BATCH;

await import('@tensorflow/tfjs-node');
await tf.setBackend('tensorflow');
const {training, test} = loadMnist();

const images = (digits: Digits, indices: ArrayLike<number>) =>
  tf.tidy(() => {
    const {x, y} = toBatch(digits, indices);
    return {x: tf.sub(tf.reshape(x, [-1, SIDE, SIDE, 1]), 0.5), y};
  });

/** The model's answers for all digits as one batch, in inference and by the batch's own statistics. */
function modes(model: tf.LayersModel, x: tf.Tensor): tf.Tensor[] {
  const moving = model.weights.filter(({name}) => name.includes('moving'));
  const before = moving.map(weight => weight.read().clone());
  const says = [false, true].map(training => [model.call(x, {training})].flat()[0]);
  moving.forEach((weight, i) => weight.write(before[i]));
  return says;
}

/** The loss in inference beyond that by the batch, and how far apart the predictions are. */
const gap = (model: tf.LayersModel, {x, y}: ReturnType<typeof images>) =>
  tf.tidy(() => {
    const [byMoving, byBatch] = modes(model, x);
    const loss = (p: tf.Tensor) => tf.neg(tf.mean(tf.sum(tf.mul(y, tf.log(tf.add(p, 1e-7))), -1)));
    return {
      loss: tf.sub(loss(byMoving), loss(byBatch)).dataSync()[0],
      distance: tf.sqrt(tf.mean(tf.squaredDifference(byMoving, byBatch))).dataSync()[0],
    };
  });

for (const seed of [1, 2]) {
  const model = buildModel(NORMALIZATIONS[0], {learningRate: LEARNING_RATE, seed});
  const order = shuffled(training.labels.length, seed);
  for (let step = 0; step < STEPS; step++) {
    const {x, y} = images(training, order.subarray(BATCH * step, BATCH * (step + 1)));
    await model.trainOnBatch(x, y);
    tf.dispose([x, y]);
  }
  const sets = {
    'held-out digits': images(training, order.subarray(50_000)),
    'test digits': images(test, firstOnes(test.labels.length)),
  };
  const before = Object.values(sets).map(set => gap(model, set));
  const {x} = images(training, order.subarray(BATCH * STEPS, BATCH * STEPS + RECALIBRATION));
  await recalibrate(model, x, {batchSize: 500});
  for (const [i, [name, set]] of Object.entries(sets).entries()) {
    const after = gap(model, set);
    console.log(
      `seed ${seed}, ${name}: loss ${before[i].loss.toFixed(3)} -> ${after.loss.toFixed(3)}, ` +
        `predictions ${before[i].distance.toFixed(4)} -> ${after.distance.toFixed(4)}`,
    );
  }
  tf.disposeVariables();
}
