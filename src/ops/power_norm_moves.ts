/** How the passes of power normalization move its state. */
import * as tf from '@tensorflow/tfjs-core';
import {untaped} from '../untaped.js';
import {channelwise} from './channelwise.js';
import {movePhiInNumbers} from './power_norm_numbers.js';
import {nextStep, type PowerNormState} from './power_norm_state.js';

type PhiRules = {alphaForward: number; warmupSteps: number; guard: boolean};

/**
 * Ends a forward pass: `phi` averages the batches so far, and the step is counted. Before the
 * warm-up's last step, `phi` becomes the mean of all batches and then decays once, as in the authors'
 * code; both are one step here.
 */
export function movePhi(
  state: PowerNormState,
  meanSquare: tf.Tensor | Float32Array,
  {alphaForward, warmupSteps, guard}: PhiRules,
): void {
  const step = nextStep(state);
  const kept = step < warmupSteps ? alphaForward * (1 - 1 / step) : alphaForward;
  tf.tidy(() => {
    untaped(() => {
      if (kept === 1) return;
      if (meanSquare instanceof tf.Tensor) {
        write(state.phi, average(state.phi, meanSquare, kept), guard);
      } else {
        movePhiInNumbers(state.phi, meanSquare, kept, guard);
      }
    });
    state.step.assign(tf.scalar(step, 'int32'));
  });
}

/** `kept * a + (1 - kept) * b`, as the part with more weight and a share of the distance to the other. */
function average(a: tf.Tensor, b: tf.Tensor, kept: number): tf.Tensor {
  const [main, other, share] = kept < 0.5 ? [b, a, kept] : [a, b, 1 - kept];
  // Its square is to be a number of float32.
  if (share < 1e-18) return main;
  return channelwise(other, {mean: main, epsilon: share ** -2, beta: main});
}

/** The results of a pass that move `nu`, for each channel but for `count`. */
type Batch = {
  gamma: tf.Tensor;
  /** The sum of `dy * z` over the positions that count, and their number. */
  sum: tf.Tensor;
  count: number;
  meanSquare: tf.Tensor;
  /** `phi`, if it divided x; null if the batch's mean square did. */
  phi: tf.Tensor | null;
  /** `nu / sqrt(divisor + epsilon)` */
  pull: tf.Tensor;
};

type NuRules = {alphaBackward: number; epsilon: number; guard: boolean};

/**
 * Ends a backward pass: `nu + rate * (lambda - nu * power)`, with `lambda` the mean of gradient
 * times z and `power` the mean of z², `meanSquare / (divisor + epsilon)`.
 *
 * Each step multiplies `nu` by 1 - rate * power, so it diverges if power > 2 / rate. The guard keeps
 * rate * power at 1 at most.
 */
export function moveNu({nu}: PowerNormState, batch: Batch, rules: NuRules): void {
  const {gamma, sum, count, meanSquare, phi, pull} = batch;
  const {alphaBackward, epsilon, guard} = rules;
  const variance = phi ?? meanSquare;
  tf.tidy(() => {
    // nu - nu * power, to which lambda is added
    const zeros = tf.zeros(nu.shape);
    const kept = channelwise(zeros, {mean: meanSquare, variance, epsilon, gamma: pull, beta: nu});
    const target = channelwise(sum, {epsilon: count ** 2, gamma, beta: kept});
    const rate = 1 - alphaBackward;
    // Without phi, power is at most 1.
    if (phi == null || !guard) {
      write(nu, average(nu, target, alphaBackward), guard);
      return;
    }
    const power = tf.div(meanSquare, tf.add(phi, epsilon));
    const least = tf.minimum(rate, tf.reciprocal(tf.maximum(power, 1)));
    write(nu, channelwise(target, {mean: nu, gamma: least, beta: nu}), guard);
  });
}

/** Assigns the value. The guard keeps out what is not finite, which would stay there forever. */
function write(variable: tf.Variable, value: tf.Tensor, guard: boolean): void {
  // Not tf.where, which first clones all three.
  const finite = () =>
    tf
      .engine()
      .runKernel<tf.Tensor>(tf.Select, {condition: tf.isFinite(value), t: value, e: variable});
  variable.assign(guard ? finite() : value);
}
