/** The view that `inspect` has of a model while that runs on data. */
import * as tf from '@tensorflow/tfjs-core';
import type {LayersModel} from '@tensorflow/tfjs-layers';
import {type BatchNormLayer, isAnyBatchNorm} from './batch_norm_layers.js';
import {normalizeByBatch} from './batch_moments.js';
import {addMoments, Evidence, isRelu, notFinite, type Reading, readingOf} from './evidence.js';
import type {Layer} from './graph.js';
import type {Within} from './layers_within.js';
import {compiledOf} from './model_settings.js';
import {type Batch, runModel} from './model_data.js';
import {isNorm} from './norm_layers.js';
import {type LayerCall, observing} from './observe.js';
import {statisticsOf} from './recalibration.js';

/** The first layer that gives what is not finite, of a run that has NaN. */
export type NanSource = {readonly layer: Layer | null; readonly count: number};

export class Inspection {
  readonly evidence = new Map<Layer, Evidence>();
  nan: NanSource | null = null;
  examples = 0;
  batches = 0;
  mostExamples = 0;
  /** The inputs of frozen layers of the first batch. */
  private calls: Array<{norm: BatchNormLayer; x: tf.Tensor; mask: tf.Tensor | null}> = [];
  /** The tensors that are disposed of after a batch. */
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
    /** The layer that gave a tensor. */
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
    // Nothing is left of single values.
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
