/** How far two models that share their weights differ. */
import * as tf from '@tensorflow/tfjs-core';
import type {LayersModel} from '@tensorflow/tfjs-layers';
import {type BatchNormLayer, isAnyBatchNorm} from './batch_norm_layers.js';
import type {Layer} from './graph.js';
import {type Batch, runModel} from './model_data.js';
import {compiledOf} from './model_settings.js';
import {isNorm} from './norm_layers.js';
import {observing} from './observe.js';
import {statisticsOf} from './recalibration.js';

type Pair = [Layer, Layer];

/** The largest difference of the outputs, of each layer and of the models. */
export async function largestDifferences(
  models: LayersModel[],
  pairs: Pair[],
  xs: tf.Tensor[],
): Promise<{all: number; layers: number[]}> {
  const seen = models.map((model, side) =>
    tf.tidy(() => {
      const calls = new Map<Layer, tf.Tensor[]>();
      const outputs = observing(
        pairs.map(pair => pair[side]),
        ({layer, run}) => {
          const y = run();
          const kept = [y].flat().map(one => tf.keep(tf.clone(one)));
          calls.set(layer, [...(calls.get(layer) ?? []), ...kept]);
          return y;
        },
        () => runModel(model, xs),
      );
      return {calls, outputs: outputs.map(y => tf.keep(tf.clone(y)))} as never;
    }),
  ) as unknown as Array<{calls: Map<Layer, tf.Tensor[]>; outputs: tf.Tensor[]}>;
  try {
    const [before, after] = seen;
    const layers: number[] = [];
    for (const [layer, twin] of pairs) {
      layers.push(await largest(before.calls.get(layer) ?? [], after.calls.get(twin) ?? []));
    }
    return {all: await largest(before.outputs, after.outputs), layers};
  } finally {
    for (const {calls, outputs} of seen) tf.dispose([...outputs, ...[...calls.values()].flat()]);
  }
}

/** The largest absolute difference; NaN in the same place are alike. */
async function largest(a: tf.Tensor[], b: tf.Tensor[]): Promise<number> {
  let most = 0;
  for (const [i, one] of a.entries()) {
    const [x, y] = await Promise.all([one.data(), b[i].data()]);
    for (let j = 0; j < x.length; j++) {
      if (Object.is(x[j], y[j])) continue;
      const difference = Math.abs(x[j] - y[j]);
      if (!(difference <= most)) most = Number.isNaN(difference) ? Infinity : difference;
    }
  }
  return most;
}

type Differences = Array<number | null>;
type Step = {grads: tf.NamedTensorMap; statistics: Map<Layer, tf.Tensor[]>; kernels: number};

/** A step of training in both, taken back: how far the gradients and the moving statistics differ. */
export async function trainingStep(
  models: LayersModel[],
  pairs: Pair[],
  batch: Batch,
): Promise<{
  gradients: Differences | null;
  statistics: Differences | null;
  kernels: number[] | null;
  note: string | null;
}> {
  const steps: Step[] = [];
  try {
    for (const side of [0, 1]) {
      steps.push(
        await step(
          models[side],
          pairs.map(pair => pair[side]),
          batch,
        ),
      );
    }
    const [before, after] = steps;
    const gradients: Differences = [];
    const statistics: Differences = [];
    for (const [layer, twin] of pairs) {
      const names = layer.weights.map(({name}) => name).filter(name => before.grads[name] != null);
      const [a, b] = steps.map(({grads}) => names.map(name => grads[name]).filter(Boolean));
      const isWhole = names.length > 0 && a.length === b.length;
      gradients.push(isWhole ? await largest(a, b) : null);
      const moved = before.statistics.get(layer);
      statistics.push(moved == null ? null : await largest(moved, after.statistics.get(twin)!));
    }
    return {gradients, statistics, kernels: steps.map(({kernels}) => kernels), note: null};
  } catch (error) {
    const note = `There are no gradients: ${(error as Error).message.split('\n')[0]}`;
    return {gradients: null, statistics: null, kernels: null, note};
  } finally {
    for (const {grads, statistics} of steps) {
      tf.dispose(grads);
      tf.dispose([...statistics.values()].flat());
    }
  }
}

async function step(model: LayersModel, layers: Layer[], {xs, ys}: Batch): Promise<Step> {
  const norms = layers.filter(isAnyBatchNorm);
  const before = norms.map(norm => statisticsOf(norm).map(weight => tf.clone(weight.read())));
  const variables = [
    ...new Set(model.trainableWeights.map(weight => weight.read() as tf.Variable)),
  ];
  const {lossFunctions} = compiledOf(model);
  const loss = () => {
    const outputs = observing(
      layers.filter(isNorm),
      ({kwargs, run}) => run({...kwargs, training: true}),
      () => runModel(model, xs),
    );
    const losses = outputs.map((y, i) =>
      tf.mean(
        ys != null && lossFunctions != null ? lossFunctions[i](ys[i], y) : tf.mul(y, weightsFor(y)),
      ),
    );
    return tf.addN(losses) as tf.Scalar;
  };
  const statistics = new Map<Layer, tf.Tensor[]>();
  try {
    const {value, grads} = tf.variableGrads(loss, variables);
    value.dispose();
    for (const norm of norms) {
      statistics.set(
        norm,
        statisticsOf(norm).map(weight => tf.clone(weight.read())),
      );
    }
    // Only what is known to run: an error within a profiled kernel ends the program.
    const {kernels} = await tf.profile(() => {
      const again = tf.variableGrads(loss, variables);
      tf.dispose([again.value, again.grads]);
      return [];
    });
    return {grads, statistics, kernels: kernels.length};
  } finally {
    norms.forEach((norm, i) => restore(norm, before[i]));
    tf.dispose(before);
  }
}

const restore = (norm: BatchNormLayer, values: tf.Tensor[]): void =>
  statisticsOf(norm).forEach((weight, i) => weight.write(values[i]));

/** Weighs the outputs: the gradient of their plain sum is 0 behind a normalization. */
const weightsFor = (y: tf.Tensor): tf.Tensor =>
  tf.reshape(tf.cos(tf.range(0, y.size, 1, 'float32')), y.shape);
