import * as tf from '@tensorflow/tfjs-core';
import type {LayersModel} from '@tensorflow/tfjs-layers';
import {checkOptions, type Options} from '../options.js';
import {untaped} from '../untaped.js';
import {checkModel} from './check_model.js';
import {layersWithin} from './layers_within.js';
import {checkCount} from './model_data.js';
import {chartsAsHtml, chartsAsText} from './norm_charts.js';
import {isNorm} from './norm_layers.js';
import type {NormRecord} from './norm_record.js';
import {type LayerCall, watchCalls} from './observe.js';

/** The options of `watchNorms`. */
export interface WatchConfig {
  /** Every how many steps there is a record. Defaults to 10. */
  every?: number;
}

/** The callback for `fit` that `watchNorms` makes. */
export interface NormWatch {
  /** The records so far, step by step. */
  readonly records: readonly NormRecord[];
  /** A line for each layer, with what it had from the first step to the last, for a terminal. */
  toText(): string;
  /** The same as curves: a page of HTML that needs nothing but itself. */
  toHtml(): string;
  /** Leaves the layers alone, where `fit` was broken off by an error. */
  stop(): void;
  /** Is called by `fit`. */
  onBatchBegin(batch: number): void;
  /** Is called by `fit`. */
  onBatchEnd(batch: number): Promise<void>;
  /** Is called by `fit`. */
  onTrainEnd(): void;
}

const OP = 'watchNorms';
const OPTIONS: Options<WatchConfig> = {every: true};

/**
 * A callback for `fit` that records, for each norm layer of a model, what it gives and the gradient that comes back to
 * it, and draws both. `trainOnBatch` has no callbacks.
 *
 * ```js
 * const model = tf.sequential();
 * model.add(tf.layers.dense({units: 4, inputShape: [3]}));
 * model.add(tf.layers.batchNormalization({name: 'bn'}));
 * model.compile({optimizer: 'sgd', loss: 'meanSquaredError'});
 * const watch = watchNorms(model, {every: 1});
 * const [x, y] = [tf.randomNormal([32, 3]), tf.ones([32, 4])];
 * await model.fit(x, y, {batchSize: 8, verbose: 0, callbacks: watch});
 * console.log(watch.records.length); // 4
 * console.log(watch.toText());
 * ```
 *
 * @param model The model that is trained.
 * @throws If `model` is not a model of tf.layers, has no layers or is disposed of; if an option is unknown or `every`
 *     is no positive integer.
 */
export function watchNorms(model: LayersModel, config: WatchConfig = {}): NormWatch {
  checkModel(OP, model);
  checkOptions(OP, config, OPTIONS);
  const {every = 10} = config;
  checkCount(OP, 'every', every);
  const layers = layersWithin(model)
    .map(({layer}) => layer)
    .filter(isNorm);
  const records: NormRecord[] = [];
  let step = 0;
  let kept: Kept[] = [];
  let unwatch: (() => void) | null = null;

  const watch = (call: LayerCall) => {
    const y = call.run();
    if (call.kwargs['training'] !== true || Array.isArray(y)) return y;
    const own: Kept = {layer: call.layer.name, activation: activationOf(y), gradient: null};
    kept.push(own);
    return tf.customGrad((y: tf.Tensor | tf.GradSaveFunc) => ({
      value: tf.clone(y as tf.Tensor),
      gradFunc: (dy: tf.Tensor) => {
        own.gradient ??= tf.tidy(() => tf.keep(tf.sqrt(tf.mean(tf.square(dy)))));
        return dy;
      },
    }))(y);
  };
  const stop = () => {
    unwatch?.();
    unwatch = null;
    tf.dispose(
      kept.flatMap(({activation, gradient}) => [activation, ...(gradient ? [gradient] : [])]),
    );
    kept = [];
  };
  return {
    records,
    toText: () => chartsAsText(records),
    toHtml: () => chartsAsHtml(model.name, records),
    stop,
    onBatchBegin: () => {
      stop();
      if (step % every === 0) unwatch = watchCalls(layers, watch);
    },
    onBatchEnd: async () => {
      unwatch?.();
      unwatch = null;
      for (const {layer, activation, gradient} of kept) {
        const [[mean, deviation, negative], back] = await Promise.all([
          activation.data(),
          gradient?.data(),
        ]);
        records.push({step, layer, mean, deviation, negative, gradient: back?.[0] ?? NaN});
      }
      stop();
      step++;
    },
    onTrainEnd: stop,
  };
}

type Kept = {layer: string; activation: tf.Tensor; gradient: tf.Tensor | null};

/** [3]: the mean, the standard deviation, and the share that is not above 0. */
const activationOf = (y: tf.Tensor): tf.Tensor =>
  untaped(() =>
    tf.tidy(() => {
      const {mean, variance} = tf.moments(y);
      const negative = tf.mean(tf.cast(tf.lessEqual(y, 0), 'float32'));
      return tf.keep(tf.stack([mean, tf.sqrt(variance), negative]));
    }),
  );
