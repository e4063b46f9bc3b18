/** The cost of a run of a model. */
import * as tf from '@tensorflow/tfjs-core';
import type {LayersModel} from '@tensorflow/tfjs-layers';
import type {Layer} from './graph.js';
import {runModel} from './model_data.js';
import {observing} from './observe.js';

export type Cost = {kernels: number; milliseconds: number; bytes: number};

type Kernels = Array<{
  kernelTimeMs: number | {error: string} | Promise<number>;
  bytesAdded: number;
}>;

/** The kernels of a run, of each layer (those of the layers in it included) and of all. */
export async function costOf(
  model: LayersModel,
  layers: readonly Layer[],
  xs: tf.Tensor[],
): Promise<{all: Cost; layers: Cost[]}> {
  /** From which kernel to which a call went. */
  const spans: Array<[layer: Layer, from: number, to: number]> = [];
  const {state} = tf.engine() as unknown as {state: {activeProfile: {kernels: Kernels}}};
  const profile = await tf.profile(() => {
    tf.tidy(() =>
      observing(
        layers,
        ({layer, run}) => {
          const from = state.activeProfile.kernels.length;
          const y = run();
          spans.push([layer, from, state.activeProfile.kernels.length]);
          return y;
        },
        () => void runModel(model, xs),
      ),
    );
    return [];
  });
  const kernels = profile.kernels as unknown as Kernels;
  const sum = (from: number, to: number): Cost =>
    kernels.slice(from, to).reduce(
      (cost, {kernelTimeMs, bytesAdded}) => ({
        kernels: cost.kernels + 1,
        milliseconds: cost.milliseconds + (typeof kernelTimeMs === 'number' ? kernelTimeMs : 0),
        bytes: cost.bytes + bytesAdded,
      }),
      {kernels: 0, milliseconds: 0, bytes: 0},
    );
  return {
    all: {...sum(0, kernels.length), bytes: Math.max(0, profile.peakBytes)},
    layers: layers.map(layer =>
      spans
        .filter(([called]) => called === layer)
        .map(([, from, to]) => sum(from, to))
        .reduce(
          (a, b) => ({
            kernels: a.kernels + b.kernels,
            milliseconds: a.milliseconds + b.milliseconds,
            bytes: a.bytes + b.bytes,
          }),
          {kernels: 0, milliseconds: 0, bytes: 0},
        ),
    ),
  };
}

/** The median milliseconds of a run of each model; they take turns. */
export async function timesOf(
  models: LayersModel[],
  xs: tf.Tensor[],
  rounds: number,
  onRound: () => Promise<void>,
): Promise<number[]> {
  const once = async (model: LayersModel) => {
    const start = tf.util.now();
    const ys = tf.tidy(() => runModel(model, xs).map(y => tf.clone(y)));
    // Backends of GPUs return before they are done.
    await Promise.all(ys.map(y => y.data()));
    tf.dispose(ys);
    return tf.util.now() - start;
  };
  for (const model of models) await once(model);
  const samples: number[][] = models.map(() => []);
  for (let round = 0; round < rounds; round++) {
    for (const i of round % 2 === 0 ? [0, 1] : [1, 0]) samples[i].push(await once(models[i]));
    await onRound();
  }
  return samples.map(times => times.sort((a, b) => a - b)[Math.floor(times.length / 2)]);
}
