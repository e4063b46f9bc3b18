/** What `inspect` sees of a model while that runs on data. */
import * as tf from '@tensorflow/tfjs-core';
import type {LayersModel} from '@tensorflow/tfjs-layers';
import {type Moments, RunningMoments} from '../layers/running_moments.js';
import {type BatchNormLayer, isAnyBatchNorm} from './batch_norm_layers.js';
import {normalizeByBatch} from './batch_moments.js';
import type {Layer} from './graph.js';
import type {Within} from './layers_within.js';
import {compiledOf} from './model_settings.js';
import {type Batch, runModel} from './model_data.js';
import {epsilonOf, groupVariances, isNorm} from './norm_layers.js';
import {type LayerCall, observing} from './observe.js';
import {statisticsOf} from './recalibration.js';

/** What is known of a norm layer. */
export class Evidence {
  /** The moments of its inputs: of batch normalization, for each feature. */
  readonly moments = new RunningMoments();
  /** The most values of a feature that a call had. */
  mostValues = 0;
  /** The largest absolute value of its inputs. */
  largest = 0;
  /** The largest output of each feature, over all calls. */
  highest: Float64Array | null = null;
  /** How many groups it normalized, and of them those that are constant, and those that epsilon outweighs. */
  groups = {all: 0, constant: 0, dominated: 0};
  /** Whether a relu takes its outputs. */
  beforeRelu = false;
  /** The layer whose outputs it takes; null if these are the model's inputs. */
  source: Layer | null = null;
  /** Whether a training step moves the statistics; null if that was not tried. */
  moves: boolean | null = null;
}

/** The first layer that gives what is not finite, of a run that has NaN. */
export type NanSource = {readonly layer: Layer | null; readonly count: number};

/** A variance below this share of epsilon leaves the outputs with less than half a deviation. */
export const DOMINATED = 1 / 4;

type Reading = {tensors: tf.Tensor[]; read: (values: Array<Float32Array>) => void};

export class Inspection {
  readonly evidence = new Map<Layer, Evidence>();
  nan: NanSource | null = null;
  examples = 0;
  batches = 0;
  mostExamples = 0;
  /** The inputs of frozen layers of the first batch. */
  private calls: Array<{norm: BatchNormLayer; x: tf.Tensor; mask: tf.Tensor | null}> = [];
  /** What is disposed of after a batch. */
  private kept: tf.Tensor[] = [];
  private losses: {training: number; inference: number} | null = null;

  constructor(
    private readonly model: LayersModel,
    private readonly layers: readonly Within[],
  ) {
    for (const {layer} of layers) if (isNorm(layer)) this.evidence.set(layer, new Evidence());
  }

  /** The mean losses in both modes; null without labels or a compiled loss. */
  get loss(): {training: number; inference: number} | null {
    const {losses, examples} = this;
    if (losses == null) return null;
    return {training: losses.training / examples, inference: losses.inference / examples};
  }

  async see(batch: Batch): Promise<void> {
    const readings: Reading[] = [];
    const rows = batch.xs[0].shape[0];
    try {
      const inference = tf.tidy(() => this.infer(batch.xs, readings));
      this.kept.push(...inference);
      if (this.batches === 0) this.tryFrozen();
      const training = tf.tidy(() => this.train(batch.xs, readings));
      this.kept.push(...training);
      if (batch.ys != null) this.compareLosses(training, inference, batch.ys, readings);
      for (const {tensors, read} of readings) {
        read(await Promise.all(tensors.map(tensor => tensor.data<'float32'>())));
      }
    } finally {
      tf.dispose(readings.map(({tensors}) => tensors));
      tf.dispose(this.kept);
      this.kept = [];
      this.calls = [];
    }
    this.examples += rows;
    this.batches++;
    this.mostExamples = Math.max(this.mostExamples, rows);
  }

  /** Runs as `predict` does, and looks for NaN. */
  private infer(xs: tf.Tensor[], readings: Reading[]): tf.Tensor[] {
    const order: Layer[] = [];
    const counts: tf.Tensor[] = [];
    const watch = (call: LayerCall) => {
      if (isAnyBatchNorm(call.layer)) this.keepFrozen(call.layer, call);
      const y = call.run();
      order.push(call.layer);
      counts.push(this.keep(notFinite([y].flat())));
      return y;
    };
    const outputs = this.observe(watch, xs);
    counts.push(this.keep(notFinite(xs)));
    const tensors = [tf.keep(tf.stack(counts))];
    readings.push({tensors, read: ([values]) => this.findNan(order, values)});
    return outputs;
  }

  /**
   * Runs as training does, but for dropout: each batch normalization that is not frozen goes by the batch. So what
   * reaches a layer does not depend on the moving statistics of those before it.
   */
  private train(xs: tf.Tensor[], readings: Reading[]): tf.Tensor[] {
    /** Which layer gave a tensor. */
    const givers = new Map<number, Layer>();
    const watch = (call: LayerCall) => {
      const {layer, x} = call;
      const evidence = this.evidence.get(layer);
      const giver = givers.get(x.id);
      if (evidence != null) evidence.source ??= giver ?? null;
      const before = giver == null ? null : this.evidence.get(giver);
      if (before != null && isRelu(layer)) before.beforeRelu = true;
      const y = this.callInTraining(call, readings);
      for (const one of [y].flat()) givers.set(one.id, layer);
      if (evidence != null) readings.push(readingOf(layer, evidence, x, [y].flat()[0]));
      return y;
    };
    return this.observe(watch, xs);
  }

  private callInTraining(call: LayerCall, readings: Reading[]): tf.Tensor | tf.Tensor[] {
    const {layer} = call;
    if (!isAnyBatchNorm(layer)) return call.run();
    const evidence = this.evidence.get(layer)!;
    const {y, mean, variance, count} = normalizeByBatch(layer, call);
    const tensors = [mean, variance, count].map(tensor => tf.keep(tensor));
    readings.push({
      tensors,
      read: ([mean, variance, [count]]) => addMoments(evidence, {mean, variance, count}),
    });
    const learns = !this.isFrozen(layer) || evidence.moves === true;
    // Of single values nothing is left.
    const isSingle = call.x.size === mean.size;
    return learns && layer.renorm == null && !isSingle ? y : call.run();
  }

  private isFrozen(layer: Layer): boolean {
    return this.layers.some(each => each.layer === layer && each.frozen);
  }

  private observe(watch: Parameters<typeof observing>[1], xs: tf.Tensor[]): tf.Tensor[] {
    const all = this.layers.map(({layer}) => layer);
    return observing(all, watch, () => runModel(this.model, xs)).map(y => tf.clone(y));
  }

  private findNan(order: Layer[], counts: ArrayLike<number>): void {
    // In pairs: what is not finite, and what of it is NaN.
    const at = (i: number) => ({all: counts[2 * i], nan: counts[2 * i + 1]});
    const ofData = at(order.length);
    const hasNan = order.some((_, i) => at(i).nan > 0);
    if (this.nan != null || !(hasNan || ofData.nan > 0)) return;
    const first = order.findIndex((_, i) => at(i).all > 0);
    this.nan =
      ofData.all > 0
        ? {layer: null, count: ofData.all}
        : {layer: order[first], count: at(first).all};
  }

  private keepFrozen(norm: BatchNormLayer, {x, kwargs}: LayerCall): void {
    if (this.batches > 0 || !this.isFrozen(norm) || this.calls.some(call => call.norm === norm))
      return;
    const mask = kwargs['mask'] as tf.Tensor | null | undefined;
    const keep = (tensor: tf.Tensor) => this.keep(tf.clone(tensor));
    this.calls.push({norm, x: keep(x), mask: mask == null ? null : keep(mask)});
  }

  /** Keeps a tensor past the scopes of the model that runs, until the batch is done. */
  private keep(tensor: tf.Tensor): tf.Tensor {
    this.kept.push(tensor);
    return tf.keep(tensor);
  }

  /** Lets frozen layers train on what reaches them, and takes back what that moves. */
  private tryFrozen(): void {
    for (const {norm, x, mask} of this.calls) {
      const statistics = statisticsOf(norm);
      const before = statistics.map(weight => weight.read().dataId);
      const values = statistics.map(weight => tf.clone(weight.read()));
      const evidence = this.evidence.get(norm)!;
      try {
        tf.tidy(() => void norm.call(x, {training: true, ...(mask == null ? {} : {mask})}));
        evidence.moves = statistics.some((weight, i) => weight.read().dataId !== before[i]);
      } catch {
        // A layer of tfjs without gamma or beta cannot train at all.
        evidence.moves = null;
      } finally {
        if (evidence.moves !== false) statistics.forEach((weight, i) => weight.write(values[i]));
        tf.dispose(values);
      }
    }
  }

  private compareLosses(
    training: tf.Tensor[],
    inference: tf.Tensor[],
    ys: tf.Tensor[],
    readings: Reading[],
  ): void {
    const {lossFunctions} = compiledOf(this.model);
    if (lossFunctions == null) return;
    const rows = ys[0].shape[0];
    const total = (outputs: tf.Tensor[]) =>
      tf.addN(lossFunctions.map((loss, i) => tf.mean(loss(ys[i], outputs[i]))));
    const both = tf.tidy(() => tf.stack([total(training), total(inference)]));
    readings.push({
      tensors: [both],
      read: ([[training, inference]]) => {
        this.losses ??= {training: 0, inference: 0};
        this.losses.training += training * rows;
        this.losses.inference += inference * rows;
      },
    });
  }
}

const isRelu = (layer: Layer): boolean => {
  const {activation} = layer as {activation?: {getClassName?: () => string}};
  return (
    layer.getClassName() === 'ReLU' ||
    (layer.getClassName() === 'Activation' && /^relu6?$/.test(activation?.getClassName?.() ?? ''))
  );
};

/** [2]: how many values are not finite, and how many of these are NaN. */
const notFinite = (tensors: tf.Tensor[]): tf.Tensor =>
  tf.tidy(() => {
    const sums = tensors
      .filter(({dtype}) => dtype === 'float32')
      .map(x => tf.stack([count(tf.logicalNot(tf.isFinite(x))), count(tf.isNaN(x))]));
    return sums.length === 0 ? tf.zeros([2]) : tf.addN(sums);
  });

const count = (flags: tf.Tensor): tf.Tensor => tf.sum(tf.cast(flags, 'float32'));

/** What is read of a call of a norm layer. */
function readingOf(layer: Layer, evidence: Evidence, x: tf.Tensor, y: tf.Tensor): Reading {
  const isBatch = isAnyBatchNorm(layer);
  const tensors = tf.tidy(() => {
    const largest = tf.max(tf.abs(x));
    if (isBatch) {
      const kept = [layer.axis].flat().map(axis => (axis < 0 ? axis + y.rank : axis));
      const others = y.shape.map((_, i) => i).filter(i => !kept.includes(i));
      return [largest, tf.max(y, others)].map(tensor => tf.keep(tensor));
    }
    const variances = groupVariances(layer, tf.cast(x, 'float32'));
    if (variances == null) return [tf.keep(largest)];
    const constant = tf.equal(variances, 0);
    const small = tf.less(variances, epsilonOf(layer) * DOMINATED);
    const dominated = tf.logicalAnd(small, tf.logicalNot(constant));
    const groups = tf.stack([tf.scalar(variances.size), count(constant), count(dominated)]);
    return [largest, groups].map(tensor => tf.keep(tensor));
  });
  return {
    tensors,
    read: ([[largest], values]) => {
      // Not NaN, which is reported by itself.
      if (largest > evidence.largest) evidence.largest = largest;
      if (values == null) return;
      if (isBatch) {
        evidence.highest = Float64Array.from(values, (value, i) =>
          Math.max(value, evidence.highest?.[i] ?? -Infinity),
        );
      } else {
        const {groups} = evidence;
        groups.all += values[0];
        groups.constant += values[1];
        groups.dominated += values[2];
      }
    },
  };
}

function addMoments(evidence: Evidence, {count, mean, variance}: Moments): void {
  evidence.mostValues = Math.max(evidence.mostValues, count);
  const isFinite = Array.from(mean).every((m, i) => Number.isFinite(m + variance[i]));
  if (count > 0 && isFinite) evidence.moments.merge({count, mean, variance});
}
