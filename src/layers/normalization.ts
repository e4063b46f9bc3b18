import * as tf from '@tensorflow/tfjs-core';
import {initializers} from '@tensorflow/tfjs-layers';
import {check, checkAxes, checkFlags} from '../check.js';
import {toFloat} from '../ops/arguments.js';
import {viewOf} from '../view.js';
import {type AdaptData, type Batch, batchesOf} from './adapt_data.js';
import {checkFeatures, checkMoments, type GivenMoments} from './given_moments.js';
import {optionsOf} from './layer_options.js';
import {NormalizationLayer, type Plan} from './normalization_layer.js';
import {RunningMoments} from './running_moments.js';
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
   * The mean, if it is known and `adapt` need not learn it: one number, or an array for the axes of
   * `axis` or for the last of these. It needs `variance`. Defaults to null.
   */
  mean?: number | number[] | number[][] | null;
  /** The variance that belongs to `mean`, in the same shape. Defaults to null. */
  variance?: number | number[] | number[][] | null;
  /** Whether to undo the normalization: multiply and add. Defaults to false. */
  invert?: boolean;
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
 * Until it is adapted, the mean is 0 and the variance 1.
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

  constructor(args: NormalizationArgs = {}) {
    super(args);
    checkFlags(this.name, args, ['invert']);
    const {axis = -1, mean, variance, invert = false} = args;
    this.axis = axis == null ? [] : [axis].flat();
    this.invert = invert;
    this.given = checkMoments(this.name, this.axis, mean ?? null, variance ?? null);
  }

  protected override plan(rank: number): Plan {
    return {
      axes: this.keptAxes(rank),
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
   * Learns the mean and variance of `data`, in one pass and double precision, and forgets all that
   * it learnt before.
   *
   * @param data A tensor or an array of numbers, or batches of these: see `AdaptData`. The batches of
   *     a `tf.data.Dataset` are disposed of.
   * @throws If mean and variance were given, if there is no data or it is no batch, or if a batch
   *     has other features than the first one or than the layer was built for.
   */
  async adapt(data: AdaptData): Promise<void> {
    check(this.given == null, this.name, () => 'adapt needs a layer to which no mean was given.');
    const moments = new RunningMoments();
    for await (const batch of batchesOf(this.name, data)) await this.addBatch(moments, batch);
    const {mean, count} = moments;
    check(mean != null, this.name, () => 'adapt needs data, but there is none.');
    const learnt = this.learnt!;
    tf.tidy(() => {
      const write = (weight: Weight, values: Float64Array) =>
        weight.write(tf.tensor(Float32Array.from(values), weight.read().shape));
      write(learnt.mean, mean);
      write(learnt.variance, moments.variance());
      learnt.count.write(tf.scalar(Math.min(count, 2 ** 31 - 1), 'int32'));
    });
  }

  private async addBatch(moments: RunningMoments, batch: Batch): Promise<void> {
    const x = tf.tidy(() => tf.clone(toFloat(this.name, 'data', batch)));
    try {
      this.buildFor(x.shape);
      const reduced = x.shape.map((_, i) => i).filter(i => !this.axes.includes(i));
      moments.add(await x.data(), viewOf(x.shape, reduced, []));
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
    if (!this.built) {
      this.checkBatch(shape);
      this.prefix = `${this.name}/`;
      this.build([null, ...shape.slice(1)]);
    }
    const sizes = this.axes.map(axis => shape[axis]);
    const expected = this.learnt!.mean.read().shape;
    check(
      tf.util.arraysEqual(sizes, expected),
      this.name,
      () => `data must have the features [${expected.join(', ')}], but has [${sizes.join(', ')}].`,
    );
  }

  protected normalize(x: tf.Tensor): tf.Tensor {
    const $x = toFloat(this.name, 'x', x);
    const {mean, variance} = this.statistics(x);
    const scale = tf.maximum(tf.sqrt(variance), LEAST);
    return this.invert ? tf.add(tf.mul($x, scale), mean) : tf.div(tf.sub($x, mean), scale);
  }

  /** The mean and variance in shapes that broadcast against the input. */
  private statistics(x: tf.Tensor): Record<'mean' | 'variance', tf.Tensor> {
    const align = (t: tf.Tensor): tf.Tensor => {
      // A given mean may have fewer axes than are kept: it then belongs to the last ones.
      const axes = this.axes.slice(this.axes.length - t.rank);
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
    return {mean: align(tf.tensor(mean)), variance: align(tf.tensor(variance))};
  }

  override getConfig(): tf.serialization.ConfigDict {
    const {axis, invert, given} = this;
    const {mean = null, variance = null} = given ?? {};
    return {...super.getConfig(), axis, invert, mean, variance};
  }
}
