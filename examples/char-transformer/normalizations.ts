import type * as tf from '@tensorflow/tfjs';
import * as tfn from 'tfjs-normalization';

/** What the normalizations take from the experiment. */
export interface NormalizationSettings {
  heads: number;
  /** Of PowerNorm. */
  warmupSteps: number;
}

export interface Normalization {
  label: string;
  make: (name: string, settings: NormalizationSettings) => tf.layers.Layer;
}

const epsilon = 1e-5;
// Of both running statistics, that they differ by what they average alone.
const momentum = 0.9;

export const NORMALIZATIONS = {
  layer: {
    label: 'layer norm',
    make: name => tfn.layers.layerNormalization({name, epsilon}),
  },
  rms: {
    label: 'RMS norm',
    make: name => tfn.layers.rmsNormalization({name, epsilon}),
  },
  batch: {
    label: 'batch norm',
    make: name => tfn.layers.batchNormalization({name, epsilon, momentum}),
  },
  power: {
    label: 'PowerNorm',
    // As many groups as attention heads: what the authors' models use.
    make: (name, {heads, warmupSteps}) =>
      tfn.layers.powerNormalization({
        ...{name, epsilon, groups: heads, warmupSteps},
        alphaForward: momentum,
      }),
  },
  pnv: {
    label: 'PN-V',
    // The paper's variant: batch norm without the mean.
    make: name =>
      tfn.layers.powerNormalization({
        ...{name, epsilon, groups: 0, warmupSteps: Infinity},
        backwardMode: 'exact',
        alphaForward: momentum,
      }),
  },
} satisfies Record<string, Normalization>;

export type NormalizationName = keyof typeof NORMALIZATIONS;

export const NORMALIZATION_NAMES = Object.keys(NORMALIZATIONS) as NormalizationName[];
