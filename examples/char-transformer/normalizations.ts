import type * as tf from '@tensorflow/tfjs';
import * as tfn from 'tfjs-normalization';
import type {NormalizationName} from './names.js';

/** The settings that a layer takes from the experiment. */
interface LayerSettings {
  name: string;
  heads: number;
  warmupSteps: number;
}

const epsilon = 1e-5;
// All running statistics have the same momentum, so that they differ only by what they average.
const momentum = 0.9;

export const NORMALIZATIONS: Record<
  NormalizationName,
  (settings: LayerSettings) => tf.layers.Layer
> = {
  layer: ({name}) => tfn.layers.layerNormalization({name, epsilon}),
  rms: ({name}) => tfn.layers.rmsNormalization({name, epsilon}),
  batch: ({name}) => tfn.layers.batchNormalization({name, epsilon, momentum}),
  power: ({name, heads, warmupSteps}) =>
    tfn.layers.powerNormalization({
      ...{name, epsilon, warmupSteps, alphaForward: momentum},
      // The authors' models have as many groups as attention heads.
      groups: heads,
    }),
  // The paper's variant: batch norm without the mean.
  pnv: ({name}) =>
    tfn.layers.powerNormalization({
      ...{name, epsilon, alphaForward: momentum},
      groups: 0,
      warmupSteps: Infinity,
      backwardMode: 'exact',
    }),
  modern: ({name}) => tfn.layers.rmsNormalization({name, epsilon}),
};
