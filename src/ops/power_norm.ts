import * as tf from '@tensorflow/tfjs-core';
import {checkNumeric} from '../check.js';
import {checkEpsilon, checkFeatures} from '../check_params.js';
import {readsAtOnce} from '../kernels/run.js';
import {RMS} from '../statistic.js';
import {sum} from '../sum.js';
import {untaped} from '../untaped.js';
import {asFloat} from './arguments.js';
import {batchNormInference} from './batch_norm_inference.js';
import {channelwise} from './channelwise.js';
import {defineOp} from './define_op.js';
import {normalized} from './normalized.js';
import {
  checkMask,
  checkedOptions,
  type PowerNormConfig,
  type PowerNormOptions,
} from './power_norm_config.js';
import {
  countOf,
  isNested,
  masked,
  type PowerNormForward,
  withPowerNormGradient,
} from './power_norm_gradient.js';
import {movePhi} from './power_norm_moves.js';
import {meanSquaresOf} from './power_norm_numbers.js';
import {scaleGroups} from './power_norm_scaling.js';
import {nextStep, type PowerNormState} from './power_norm_state.js';

const OP = 'powerNorm';

function powerNorm_<T extends tf.Tensor>(
  x: T | tf.TensorLike,
  state: PowerNormState,
  config: PowerNormConfig = {},
): T {
  const shape = checkNumeric(OP, 'x', x);
  const options = checkedOptions(OP, shape, state, config);
  const {axis, epsilon, backwardMode} = options;
  checkEpsilon(OP, epsilon);
  for (const name of ['gamma', 'beta'] as const) {
    if (config[name] != null) checkFeatures(OP, name, config[name], shape, [axis]);
  }
  const maskShape = config.mask == null ? [] : checkMask(OP, config.mask, shape, axis);

  const $x = asFloat(x);
  const channels = [shape[axis]];
  const gamma = config.gamma == null ? tf.ones(channels) : asFloat(config.gamma, channels);
  const beta = config.beta == null ? tf.zeros(channels) : asFloat(config.beta, channels);
  if (!config.training || $x.size === 0) {
    const {scaled} = scaleGroups($x, options);
    const params = {axis, epsilon, gamma, beta};
    return batchNormInference(scaled, tf.zeros(channels), state.phi, params) as T;
  }
  const mask = config.mask == null ? null : asFloat(config.mask, maskShape);
  const aligned = mask && tf.cast(tf.notEqual(mask, 0), 'float32');
  const run = () => forwardPass($x, gamma, beta, aligned, state, options);
  const isExact = backwardMode === 'exact';
  const forward = isExact ? run() : untaped(run);
  const y = isExact ? forward.y : withPowerNormGradient($x, gamma, beta, forward, state, options);
  if (!isNested()) movePhi(state, forward.meanSquare, options);
  return y as T;
}

/** Made of ops with true gradients, which 'exact' uses as they are. */
function forwardPass(
  x: tf.Tensor,
  gamma: tf.Tensor,
  beta: tf.Tensor,
  mask: tf.Tensor | null,
  state: PowerNormState,
  options: PowerNormOptions,
): PowerNormForward {
  const {axis, epsilon} = options;
  const {scaled, scaling} = scaleGroups(x, options);
  const channels = [x.shape[axis]];
  const reduced = x.shape.map((_, i) => i).filter(i => i !== axis);
  const params = {epsilon, gamma, beta};
  const phi = nextStep(state) <= options.warmupSteps ? null : state.phi;
  const dividedBy = (variance: tf.Tensor) => channelwise(scaled, {axis, variance, ...params});

  if (mask == null) {
    const inNumbers = readsAtOnce() && !isNested();
    const withStats = inNumbers || tf.engine().state.gradientDepth > 0;
    const norm = {statistic: RMS, epsilon, reduced, features: [axis], withStats};
    const momentsShape = inNumbers ? null : channels;
    const {y, spread, stats} = normalized(scaled, {...norm, momentsShape}, {gamma, beta});
    // Who takes the numbers does not need `stats`, which are not saved then.
    const own = inNumbers
      ? {meanSquare: meanSquaresOf(stats!), stats: null}
      : {meanSquare: spread!, stats};
    const result = {scaled, scaling, ...own, phi, mask};
    return {y: phi == null ? y : dividedBy(phi), ...result};
  }
  const total = tf.reshape(sum(masked(tf.square(scaled), mask), reduced), channels);
  const mean = tf.div(total, countOf(x, axis, mask));
  // Where all is padding, the batch counts as one whose mean square is phi.
  const isEmpty = tf.cast(tf.equal(tf.sum(mask), 0), 'float32');
  const meanSquare = tf.add(mean, tf.mul(isEmpty, state.phi));
  return {y: dividedBy(phi ?? meanSquare), scaled, scaling, meanSquare, stats: null, phi, mask};
}

/**
 * Power normalization: batch normalization without the mean, which divides by a running quadratic
 * mean in training too, [Shen et al. 2020](https://arxiv.org/abs/2003.07845). docs/powernorm.md
 * says when to use it and what to watch.
 *
 *     x      [..., channels]   any rank from 1 up, the channels wherever `axis` says
 *     gamma  [channels]        beta  [channels]
 *     result as x              z * gamma + beta
 *
 *     x̂ = x / sqrt(mean over each group of channels of x² + epsilon)     the group scaling
 *     z = x̂ / sqrt(phi + epsilon)                                        in warm-up, not phi but
 *                                                                        the batch's mean of x̂²
 *
 * In training, a forward pass moves `state.phi` and `state.step`, and the first backward pass
 * after it moves `state.nu`; a forward pass without one leaves `nu` as it is. Nothing moves at
 * inference, for an empty batch, if a call throws, or within a gradient of a gradient. Where all
 * is padding, the batch counts as one of mean square `phi` and gradient 0.
 *
 * Only the backward mode 'exact' computes the derivative of its forward pass. PN-V, the paper's
 * variant with batch statistics, is `{backwardMode: 'exact', warmupSteps: Infinity, groups: 0}`.
 *
 * ```js
 * const state = tfn.powerNormState(10);
 * const y = tfn.powerNorm(tf.randomNormal([32, 10]), state, {training: true});
 * state.phi.print();
 * ```
 *
 * @param x A tensor or an array; integers and booleans are cast to float32.
 * @param state Of `powerNormState`, or variables of these shapes: phi and nu `[channels]`, step an
 *     int32 scalar.
 * @param config `axis` -1, `gamma`, `beta`, `epsilon` 1e-5, `alphaForward` 0.9, `alphaBackward`
 *     0.9, `warmupSteps` 10000, `groups` 1, `backwardMode` 'reference', `guard` true, `mask` and
 *     `training` false.
 * @throws If the axis does not exist, the groups do not divide the channels, a number is out of
 *     its range, or the state, gamma, beta or the mask has another shape.
 */
export const powerNorm = /* @__PURE__ */ defineOp({powerNorm_}, ['x', 'state'], {
  axis: true,
  epsilon: true,
  gamma: true,
  beta: true,
  alphaForward: true,
  alphaBackward: true,
  warmupSteps: true,
  groups: true,
  backwardMode: true,
  guard: true,
  mask: true,
  training: true,
});
