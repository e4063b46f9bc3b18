/** The work behind `recalibrate`. */
import * as tf from '@tensorflow/tfjs-core';
import type {LayersModel, LayerVariable} from '@tensorflow/tfjs-layers';
import {check} from '../check.js';
import {RunningMoments} from '../layers/running_moments.js';
import {type BatchNormLayer, variableOf} from './batch_norm_layers.js';
import {callMoments, type CallMoments, normalizeByBatch, readMoments} from './batch_moments.js';
import type {Layer} from './graph.js';
import {distanceBetween} from './moments_distance.js';
import {batchCount, batchesOf, type ModelData, type OnProgress, runModel} from './model_data.js';
import {type LayerCall, observing} from './observe.js';

/** A batch normalization with new moving statistics. */
export interface Recalibrated {
  /** The layer's name. */
  readonly layer: string;
  /** How many values of each feature its statistics are of. */
  readonly count: number;
  /** How far the means moved: the root mean square over the features, in the old standard deviations. */
  readonly shift: number;
  /** How far the standard deviations moved: the root mean square of the logarithm of new to old. */
  readonly scale: number;
}

type Config = {batchSize: number; batches: number; onProgress?: OnProgress};

const OP = 'recalibrate';

/** All variables that hold statistics: two, or five with batch renormalization. */
export const statisticsOf = ({
  movingMean,
  movingVariance,
  renorm,
}: BatchNormLayer): LayerVariable[] =>
  [movingMean!, movingVariance!, ...(renorm?.weights ?? [])].map(variableOf);

export class Recalibration {
  private done = 0;

  constructor(
    private readonly model: LayersModel,
    private readonly norms: BatchNormLayer[],
    private readonly data: ModelData,
    private readonly config: Config,
  ) {}

  /** All layers in one go, each of which passes on what training would. */
  async once(): Promise<Recalibrated[]> {
    const moments = await this.measure(this.norms, 'all layers', 1, (norm, call) => {
      const {y, mean, variance, count} = normalizeByBatch(norm, call);
      return {
        y,
        moments: {mean: tf.keep(mean), variance: tf.keep(variance), count: tf.keep(count)},
      };
    });
    const learnt: Recalibrated[] = [];
    for (const [norm, own] of moments) learnt.push(await this.learn(norm, own));
    return learnt;
  }

  /** One layer after the other, in the order in which they are called. */
  async byLayer(): Promise<Recalibrated[]> {
    const order = await this.order();
    const learnt: Recalibrated[] = [];
    for (const norm of order) {
      const moments = await this.measure([norm], norm.name, order.length, (_, call) => ({
        y: null,
        moments: callMoments(norm, call),
      }));
      learnt.push(await this.learn(norm, moments.get(norm)!));
    }
    return learnt;
  }

  private async order(): Promise<BatchNormLayer[]> {
    const called = new Set<BatchNormLayer>();
    for await (const {xs} of this.batches()) {
      tf.tidy(() => {
        const note = ({layer, run}: LayerCall) => {
          called.add(layer as BatchNormLayer);
          return run();
        };
        observing(this.norms, note, () => void runModel(this.model, xs));
      });
      return [...called];
    }
    return noData();
  }

  private batches() {
    return batchesOf(OP, this.model, this.data, this.config.batchSize);
  }

  /** The moments of all that reaches the layers, each with those that it has. */
  private async measure(
    norms: BatchNormLayer[],
    what: string,
    rounds: number,
    see: (norm: BatchNormLayer, call: LayerCall) => {y: tf.Tensor | null; moments: CallMoments},
  ): Promise<Map<BatchNormLayer, RunningMoments>> {
    const pooled = new Map<BatchNormLayer, RunningMoments>();
    const {batchSize, batches, onProgress} = this.config;
    const known = batchCount(this.model, this.data, batchSize);
    const all = known == null ? null : rounds * Math.min(known, batches);
    let seen = 0;
    for await (const {xs} of this.batches()) {
      if (seen++ === batches) break;
      const calls: Array<[Layer, CallMoments]> = [];
      try {
        const watch = (call: LayerCall) => {
          const {y, moments} = see(call.layer as BatchNormLayer, call);
          calls.push([call.layer, moments]);
          return y ?? call.run();
        };
        tf.tidy(() => observing(norms, watch, () => void runModel(this.model, xs)));
        for (const [layer, moments] of calls) add(pooled, layer, await readMoments(moments));
      } finally {
        tf.dispose(calls.map(([, moments]) => moments));
      }
      await onProgress?.({what, done: ++this.done, all});
    }
    if (pooled.size === 0 && norms.length > 0) noData();
    return pooled;
  }

  /** Writes the moments, and says how far they are from what was there. */
  private async learn(norm: BatchNormLayer, moments: RunningMoments): Promise<Recalibrated> {
    const {epsilon, name: layer} = norm;
    const [mean, variance] = [moments.mean!, moments.variance()];
    const [movingMean, movingVariance, ...ofRenorm] = statisticsOf(norm);
    const old = await Promise.all([movingMean, movingVariance].map(each => each.read().data()));
    const deviation = variance.map(value => Math.sqrt(value + epsilon));
    write(movingMean, mean);
    write(movingVariance, variance);
    for (const weight of ofRenorm)
      write(weight, /mean/.test(weight.originalName) ? mean : deviation);
    const {shift, scale} = distanceBetween(
      {mean, variance},
      {mean: old[0], variance: old[1]},
      epsilon,
    );
    return {layer, count: moments.count, shift, scale};
  }
}

function add(
  pooled: Map<BatchNormLayer, RunningMoments>,
  layer: Layer,
  moments: Awaited<ReturnType<typeof readMoments>>,
): void {
  const {count, mean, variance} = moments;
  if (count === 0) return;
  const wrong = Array.from(mean).findIndex((m, i) => !Number.isFinite(m + variance[i]));
  check(
    wrong < 0,
    OP,
    () =>
      `what reaches ${layer.name} must be finite, but its feature ${wrong} has NaN or an infinite value.`,
  );
  const own = pooled.get(layer as BatchNormLayer) ?? new RunningMoments();
  own.merge({count, mean, variance});
  pooled.set(layer as BatchNormLayer, own);
}

function noData(): never {
  throw new Error(`${OP}: data must have examples, but there are none.`);
}

function write(weight: LayerVariable, values: Float64Array): void {
  tf.tidy(() => void weight.write(tf.tensor(Float32Array.from(values), weight.shape as number[])));
}
