import * as tf from '@tensorflow/tfjs-core';
import {check, checkAxes, checkShare, show} from '../check.js';
import {constant} from '../constant.js';
import {isOptions} from '../options.js';
import {batchNormMoving, type BatchNormResult} from '../ops/batch_norm.js';
import type {Initializer} from './tfjs_types.js';
import {untrainedWeight, type Weight} from './weight.js';

/** Bounds of the two corrections of batch renormalization, r of the scale and d of the mean. */
export interface RenormClipping {
  /** The greatest r. Defaults to no bound. */
  rmax?: number | null;
  /** The least r. Defaults to no bound. */
  rmin?: number | null;
  /** The greatest absolute value of d. Defaults to no bound. */
  dmax?: number | null;
}

type Moments = {mean: tf.Tensor; variance: tf.Tensor};
type Config = {
  axis: number | readonly number[];
  epsilon: number;
  gamma: tf.Tensor | null;
  beta: tf.Tensor | null;
  mask: tf.Tensor | undefined;
};

const moved = (average: tf.Tensor, batch: tf.Tensor, momentum: number): tf.Tensor =>
  tf.add(tf.mul(average, momentum), tf.mul(batch, 1 - momentum));

/**
 * Batch renormalization, [Ioffe 2017](https://arxiv.org/abs/1702.03275): the part of
 * `BatchNormalization` that its `renorm` adds.
 *
 * As in Keras, there are two averages of the standard deviation (epsilon included): one by
 * `renormMomentum` for training, one by the layer's `momentum` for inference.
 */
export class Renorm {
  private readonly movingStddev: Weight;
  private readonly renormMean: Weight;
  private readonly renormStddev: Weight;
  private bounds: RenormClipping = {};

  /** @internal */
  constructor(
    private readonly layer: string,
    clipping: RenormClipping,
    mean: Initializer,
    variance: Initializer,
    private readonly momentum = 0.99,
  ) {
    checkShare(layer, 'renormMomentum', momentum);
    this.clipping = clipping;
    // No file names it, and tfjs then asks no more than this of an initializer.
    const stddev = {
      getConfig: () => ({}),
      apply: (...args: Parameters<Initializer['apply']>) =>
        tf.tidy(() => tf.sqrt(variance.apply(...args))),
    } as Initializer;
    this.movingStddev = untrainedWeight('moving_stddev', stddev);
    this.renormMean = untrainedWeight('renorm_mean', mean);
    this.renormStddev = untrainedWeight('renorm_stddev', stddev);
  }

  /** @internal The weights that renorm adds to the layer. */
  get weights(): Weight[] {
    return [this.movingStddev, this.renormMean, this.renormStddev];
  }

  /** The bounds in force. The paper's schedules widen them as the training goes on. */
  get clipping(): RenormClipping {
    return this.bounds;
  }

  set clipping(clipping: RenormClipping) {
    checkClipping(this.layer, clipping);
    this.bounds = clipping;
  }

  /** @internal A step of training: the output, and the statistics for inference, moved on. */
  train(
    x: tf.Tensor,
    {gamma, beta, ...config}: Config,
    moving: Moments & {momentum: number},
  ): BatchNormResult<tf.Tensor> {
    if (x.size === 0) return batchNormMoving(x, {gamma, beta, ...config}, null);
    // A batch of one row is no mistake here.
    const {y, ...moments} = batchNormMoving(x, config, null, false);
    const corrected = this.correct(y, moments, {gamma, beta, ...config});
    return {y: corrected, ...this.learn(moments, config, moving)};
  }

  /** `(xhat * r + d) * gamma + beta`, in which r and d are constants. */
  private correct(
    xhat: tf.Tensor,
    {mean, variance}: Moments,
    {axis, epsilon, gamma, beta}: Config,
  ): tf.Tensor {
    const {rmax, rmin, dmax} = this.clipping;
    const stddev = tf.maximum(this.renormStddev.read(), Math.sqrt(epsilon));
    let r = constant(variance, v => tf.div(tf.sqrt(tf.add(v, epsilon)), stddev));
    let d = constant(mean, m => tf.div(tf.sub(m, this.renormMean.read()), stddev));
    if (rmin != null) r = tf.maximum(r, rmin);
    if (rmax != null) r = tf.minimum(r, rmax);
    if (dmax != null) d = tf.clipByValue(d, -dmax, dmax);

    const axes = checkAxes(this.layer, axis, xhat.rank);
    const aligned = xhat.shape.map((size, i) => (axes.includes(i) ? size : 1));
    const spread = (param: tf.Tensor) => tf.reshape(param, aligned);
    const scale = gamma == null ? r : tf.mul(r, gamma);
    const offset = gamma == null ? d : tf.mul(d, gamma);
    const y = tf.add(tf.mul(xhat, spread(scale)), spread(offset));
    return beta == null ? y : tf.add(y, spread(beta));
  }

  private learn(
    {mean, variance}: Moments,
    {epsilon}: Pick<Config, 'epsilon'>,
    moving: Moments & {momentum: number},
  ): Moments {
    const stddev = tf.sqrt(tf.add(variance, epsilon));
    this.renormMean.write(moved(this.renormMean.read(), mean, this.momentum));
    this.renormStddev.write(moved(this.renormStddev.read(), stddev, this.momentum));
    this.movingStddev.write(moved(this.movingStddev.read(), stddev, moving.momentum));
    return {
      mean: moved(moving.mean, mean, moving.momentum),
      variance: tf.relu(tf.sub(tf.square(this.movingStddev.read()), epsilon)),
    };
  }

  /** @internal The part of the layer's config, with Keras's keys. */
  getConfig(): tf.serialization.ConfigDict {
    return {renorm: true, renormClipping: {...this.clipping}, renormMomentum: this.momentum};
  }
}

const BOUNDS = ['rmax', 'rmin', 'dmax'];

function checkClipping(layer: string, clipping: RenormClipping): void {
  const came = () => `but is ${show(clipping)}.`;
  check(
    isOptions(clipping) && Object.keys(clipping).every(key => BOUNDS.includes(key)),
    layer,
    () => `renormClipping may have the keys rmax, rmin and dmax, ${came()}`,
  );
  const {rmax, rmin, dmax} = clipping;
  check(
    [rmax, rmin, dmax].every(
      bound => bound == null || (typeof bound === 'number' && !Number.isNaN(bound)),
    ),
    layer,
    () => `renormClipping's rmax, rmin and dmax must be numbers, ${came()}`,
  );
  check(
    rmax == null || rmin == null || rmin <= rmax,
    layer,
    () => `renormClipping's rmin must not be above its rmax, ${came()}`,
  );
  check(
    dmax == null || dmax >= 0,
    layer,
    () => `renormClipping's dmax must not be below 0, ${came()}`,
  );
}
