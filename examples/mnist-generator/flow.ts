/** Flow matching (arXiv 2210.02747): a digit is reached from noise along a straight line, which a network guesses. */
import * as tf from '@tensorflow/tfjs';
import {CLASSES, PIXELS} from '../shared/mnist.js';

/** The class of a digit whose class is not told. */
export const NO_CLASS = CLASSES;

const WAVES = 16;
const HIGHEST_FREQUENCY = 1000;
/** The length of a condition. */
export const CONDITION = CLASSES + 1 + 2 * WAVES;

/** No weight goes beyond that of this distance from the digit. */
const LEAST_DISTANCE = 0.1;

/** `[digits, CONDITION]`: each class as one-hot, as long as the waves of each time beside it. */
const conditionOf = (classes: ArrayLike<number>, times: tf.Tensor1D): tf.Tensor2D =>
  tf.tidy(() => {
    const frequencies = tf.exp(tf.linspace(0, Math.log(HIGHEST_FREQUENCY), WAVES));
    const angles = tf.mul(tf.expandDims(times, 1), frequencies);
    const oneHot = tf.oneHot(tf.tensor1d(Int32Array.from(classes), 'int32'), CLASSES + 1);
    const told = tf.mul(oneHot, Math.sqrt(WAVES));
    return tf.concat([told, tf.sin(angles), tf.cos(angles)], 1) as tf.Tensor2D;
  });

/** Digits on their way from noise, at random times. */
export type Noisy = {
  /** [digits, 784]: the noisy ones, from about -1 to 1 */
  x: tf.Tensor;
  condition: tf.Tensor2D;
  /** [digits, 784]: where they go */
  target: tf.Tensor;
  /** [digits, 1]: 1 / distance² */
  weight: tf.Tensor;
};

/** At time 0 a digit is noise, at time 1 itself. `digits`: [n, 784], from 0 to 1. */
export const noisy = (digits: tf.Tensor2D, classes: ArrayLike<number>, seed: number): Noisy =>
  tf.tidy(() => {
    const [count] = digits.shape;
    const target = tf.sub(tf.mul(digits, 2), 1);
    const noise = tf.randomNormal(target.shape, 0, 1, 'float32', 2 * seed + 1);
    // Most of the work is in the first half of the way.
    const logits = tf.randomNormal([count], -0.4, 1, 'float32', 2 * seed + 2);
    const times = tf.sigmoid(logits) as tf.Tensor1D;
    const time = tf.expandDims(times, 1);
    const distance = tf.sub(1, time);
    return {
      x: tf.add(tf.mul(time, target), tf.mul(distance, noise)),
      condition: conditionOf(classes, times),
      target,
      weight: tf.square(tf.div(1, tf.maximum(distance, LEAST_DISTANCE))),
    };
  });

/** The mean squared error of the velocities that the guesses lead to. */
export const flowLoss = (model: tf.LayersModel, {x, condition, target, weight}: Noisy): tf.Scalar =>
  tf.tidy(() => {
    const guess = model.apply([x, condition], {training: true}) as tf.Tensor;
    return tf.mean(tf.mul(weight, tf.square(tf.sub(guess, target))));
  });

/** In how many steps digits are drawn. */
export const STEPS = 24;

/**
 * Draws a digit of each class given, from noise. `guidance` 1 goes where the network says; more goes further away from
 * where it would go without the class (classifier-free guidance, arXiv 2207.12598).
 *
 * @returns `[digits, 784]`, from 0 to 1, of each of the `moments`, which are numbers of steps.
 */
export const draw = (
  model: tf.LayersModel,
  classes: ArrayLike<number>,
  {guidance, seed, moments = [STEPS]}: {guidance: number; seed: number; moments?: number[]},
): tf.Tensor2D[] =>
  tf.tidy(() => {
    const count = classes.length;
    const none = new Int32Array(count).fill(NO_CLASS);
    let x: tf.Tensor = tf.randomNormal([count, PIXELS], 0, 1, 'float32', seed + 1);
    const seen: tf.Tensor2D[] = [];
    for (let step = 0; step <= STEPS; step++) {
      if (moments.includes(step)) seen.push(toDigits(x));
      if (step < STEPS) x = tf.tidy(() => onward(x, step));
    }
    return seen;

    function onward(x: tf.Tensor, step: number): tf.Tensor {
      const times = tf.fill([count], step / STEPS) as tf.Tensor1D;
      const guess = (classes: ArrayLike<number>) =>
        model.apply([x, conditionOf(classes, times)]) as tf.Tensor;
      const told = guess(classes);
      const untold = guidance === 1 ? told : guess(none);
      const guided = tf.add(untold, tf.mul(guidance, tf.sub(told, untold)));
      return tf.add(x, tf.div(tf.sub(tf.clipByValue(guided, -1, 1), x), STEPS - step));
    }
  });

const toDigits = (x: tf.Tensor) => tf.clipByValue(tf.div(tf.add(x, 1), 2), 0, 1) as tf.Tensor2D;
