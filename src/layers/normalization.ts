import * as tf from '@tensorflow/tfjs-core';
import {initializers} from '@tensorflow/tfjs-layers';
import {check, checkAxes, checkFlags} from '../check.js';
import {toFloat} from '../ops/arguments.js';
import {addBatch} from './add_batch.js';
import {type AdaptData, type Batch, batchesOf} from './adapt_data.js';
import {checkFeatures, checkMoments, type GivenMoment, type GivenMoments} from './given_moments.js';
import {optionsOf} from './layer_options.js';
import type {Plan} from './layer_plan.js';
import {NormalizationLayer} from './normalization_layer.js';
import {type Moments, RunningMoments} from './running_moments.js';
import type {LayerArgs} from './tfjs_types.js';
import {untrainedWeight, type Weight} from './weight.js';

/** The options of `Normalization`. */
export interface NormalizationArgs extends LayerArgs {
  /**
   * The axis or axes of the features, which keep statistics of their own; null or []: all values
   * share one. Defaults to -1.
   */
  axis?: number | readonly number[] | null;
  /**
   * The mean, if it is known and `adapt` need not learn it: one number, or an array or tensor for the
   * axes of `axis` or for the last of these. It needs `variance`. Defaults to null.
   */
  mean?: GivenMoment | null;
  /** The variance that belongs to `mean`: one number, or in the same shape. Defaults to null. */
  variance?: GivenMoment | null;
  /** Whether to undo the normalization: multiply and add. Defaults to false. */
  invert?: boolean;
}

/** The options of `Normalization.adapt`. */
export interface AdaptConfig {
  /**
   * Whether to forget what the layer learnt before, rather than go on from it. Defaults to true.
   */
  resetState?: boolean;
}

/** The least divisor, as in Keras. */
const LEAST = 1e-7;

/**
 * Preprocessing: shifts and scales each feature by a mean and variance that `adapt` learnt from
 * data, or that were given; `keras.layers.Normalization`.
 *
 *     input    [batch, ..., features]
 *     mean, variance   [features]     count   []     not trained; no weights if they were given
 *     output   as the input           (x - mean) / max(sqrt(variance), 1e-7)
 *
 * Until it is adapted, the mean is 0 and the variance 1. Adapted to data of one rank, it takes inputs
 * of others too: `axis` then counts in the input's.
 *
 * ```js
 * const layer = tfn.layers.normalization({inputShape: [2]});
 * await layer.adapt(tf.tensor2d([[1, 20], [3, 40]]));
 * const model = tf.sequential({layers: [layer]});
 * model.predict(tf.tensor2d([[2, 40]])).print(); // [[0, 1]]
 * ```
 *
 * @throws If only one of mean and variance is given, or if they differ in shape, have more axes than
 *     `axis`, or hold anything but numbers, or a variance below 0; on building, if an axis does not
 *     exist or the mean has another size than it.
 */
export class Normalization extends NormalizationLayer {
  static override readonly className: string = 'Normalization';
  /** @internal */
  static override readonly options = optionsOf<NormalizationArgs>({
    axis: true,
    mean: true,
    variance: true,
    invert: true,
  });
  private readonly axis: number[];
  private readonly invert: boolean;
  private readonly given: GivenMoments | null;
  private learnt: Record<'mean' | 'variance' | 'count', Weight> | null = null;
  /** The start of the weights' names, which tfjs adds only to weights that a call makes. */
  private prefix = '';
  private isAdapting = false;
  /** The statistics that adapt learnt last, in double precision, and the data of the mean that it wrote. */
  private last?: Moments & {written: object};

  constructor(args: NormalizationArgs = {}) {
    super(args);
    checkFlags(this.name, args, ['invert']);
    const {axis = -1, mean, variance, invert = false} = args;
    this.axis = axis == null ? [] : [axis].flat();
    this.invert = invert;
    this.given = checkMoments(this.name, this.axis, mean ?? null, variance ?? null);
  }

  protected override plan(rank: number): Plan {
    // Where axes count from both ends, their order depends on the rank.
    const isOneWay = this.axis.every(axis => axis < 0) || this.axis.every(axis => axis >= 0);
    return {
      axes: this.keptAxes(rank),
      ...(isOneWay ? {anyRank: this.axis} : {}),
      weights: sizes => {
        if (this.given != null) {
          checkFeatures(this.name, this.given, sizes);
          return [];
        }
        const {prefix} = this;
        const {ones, zeros} = initializers;
        const mean = untrainedWeight(`${prefix}mean`, zeros());
        const variance = untrainedWeight(`${prefix}variance`, ones());
        const count = untrainedWeight(`${prefix}count`, zeros(), 'int32');
        this.learnt = {mean, variance, count};
        return [
          [mean, sizes],
          [variance, sizes],
          [count, []],
        ];
      },
    };
  }

  private keptAxes(rank: number): number[] {
    return this.axis.length === 0 ? [] : checkAxes(this.name, this.axis, rank);
  }

  /**
   * Learns the mean and variance of `data`, in one pass and double precision.
   *
   * @param data A tensor or an array of numbers, or batches of these, with or without masks: see
   *     `AdaptData`. The batches of a `tf.data.Dataset` are disposed of.
   * @throws If mean and variance were given, if there is no data or it is no batch, if a batch has
   *     other features than the first one or than the layer was built for, or has values that count
   *     and are not finite; if the layer is called before the promise is settled. An error leaves
   *     what the layer learnt before.
   */
  async adapt(data: AdaptData, {resetState = true}: AdaptConfig = {}): Promise<void> {
    check(this.given == null, this.name, () => 'adapt needs a layer to which no mean was given.');
    this.checkAdapted();
    this.isAdapting = true;
    try {
      await this.learn(data, resetState);
    } finally {
      this.isAdapting = false;
    }
  }

  private checkAdapted(): void {
    check(!this.isAdapting, this.name, () => 'adapt has not ended: await it first.');
  }

  private async learn(data: AdaptData, resetState: boolean): Promise<void> {
    const moments = resetState ? new RunningMoments() : await this.momentsSoFar();
    for await (const batch of batchesOf(this.name, data)) await this.addBatch(moments, batch);
    const {mean, count} = moments;
    check(mean != null, this.name, () => 'adapt needs data, but there is none.');
    const variance = moments.variance();
    const learnt = this.learnt!;
    tf.tidy(() => {
      const write = (weight: Weight, values: Float64Array) =>
        weight.write(tf.tensor(Float32Array.from(values), weight.read().shape));
      write(learnt.mean, mean);
      write(learnt.variance, variance);
      learnt.count.write(tf.scalar(Math.min(count, 2 ** 31 - 1), 'int32'));
    });
    this.last = {count, mean, variance, written: learnt.mean.read().dataId};
  }

  private async momentsSoFar(): Promise<RunningMoments> {
    if (this.learnt == null) return new RunningMoments();
    const {mean, variance, count} = this.learnt;
    // The weights have single precision. Others may have written them since.
    if (this.last?.written === mean.read().dataId) return RunningMoments.from(this.last);
    const read = [mean, variance, count].map(weight => weight.read().data());
    const [means, variances, [size]] = await Promise.all(read);
    if (size > 0) return RunningMoments.from({count: size, mean: means, variance: variances});
    check(
      means.every(value => value === 0) && variances.every(value => value === 1),
      this.name,
      () => 'resetState: false needs the count of the data so far, which Keras 3 does not keep.',
    );
    return new RunningMoments();
  }

  private async addBatch(moments: RunningMoments, {xs, mask}: Batch): Promise<void> {
    const x = tf.tidy(() => tf.clone(toFloat(this.name, 'data', xs)));
    try {
      this.buildFor(x.shape);
      await addBatch(this.name, moments, x, mask, this.keptAxes(x.rank));
    } finally {
      x.dispose();
    }
  }

  private checkBatch(shape: number[]): void {
    const rank = shape.length;
    check(
      this.axis.length === 0 || (rank > 0 && !this.keptAxes(rank).includes(0)),
      this.name,
      () =>
        `data must have an axis for the batch before the features, or the layer axis: null, ` +
        `but the shape of data is [${shape.join(', ')}].`,
    );
  }

  private buildFor(shape: number[]): void {
    this.checkBatch(shape);
    if (!this.built) {
      this.prefix = `${this.name}/`;
      this.build([null, ...shape.slice(1)]);
    }
    const sizes = this.keptAxes(shape.length).map(axis => shape[axis]);
    const expected = this.learnt!.mean.read().shape;
    check(
      tf.util.arraysEqual(sizes, expected),
      this.name,
      () => `data must have the features [${expected.join(', ')}], but has [${sizes.join(', ')}].`,
    );
  }

  protected normalize(x: tf.Tensor): tf.Tensor {
    this.checkAdapted();
    const $x = toFloat(this.name, 'x', x);
    const {mean, variance} = this.statistics(x);
    const scale = tf.maximum(tf.sqrt(variance), LEAST);
    return this.invert ? tf.add(tf.mul($x, scale), mean) : tf.div(tf.sub($x, mean), scale);
  }

  /** The mean and variance in shapes that broadcast against the input. */
  private statistics(x: tf.Tensor): Record<'mean' | 'variance', tf.Tensor> {
    const kept = this.keptAxes(x.rank);
    const align = (t: tf.Tensor): tf.Tensor => {
      // A given mean may have fewer axes than are kept: it then belongs to the last ones.
      const axes = kept.slice(kept.length - t.rank);
      return tf.reshape(
        t,
        x.shape.map((_, i) => (axes.includes(i) ? t.shape[axes.indexOf(i)] : 1)),
      );
    };
    if (this.learnt != null) {
      const {mean, variance} = this.learnt;
      return {mean: align(mean.read()), variance: align(variance.read())};
    }
    const {mean, variance} = this.given!;
    return {mean: align(tf.tensor(mean as number)), variance: align(tf.tensor(variance as number))};
  }

  override getConfig(): tf.serialization.ConfigDict {
    const {axis, invert, given} = this;
    const {mean = null, variance = null} = given ?? {};
    return {...super.getConfig(), axis, invert, mean, variance};
  }
}
