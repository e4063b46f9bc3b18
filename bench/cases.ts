import * as norms from './norms.js';

export type Case = norms.Norm & {shape: number[]};

const ROWS = [4096, 768];
const IMAGES = [32, 56, 56, 64];
const IMAGES_CHANNELS_FIRST = [32, 64, 56, 56];
// With channels last all groups of an image are normalized at once, and it is beyond the L2.
const LARGE_IMAGES = [8, 64, 64, 128];
const LARGE_IMAGES_CHANNELS_FIRST = [8, 128, 64, 64];

const MODEL_CASES: Case[] = [
  {shape: ROWS, ...norms.layerNorm},
  {shape: ROWS, ...norms.rmsNorm},
  {shape: ROWS, ...norms.l2Normalize},
  {shape: ROWS, ...norms.l1Normalize},
  {shape: IMAGES, ...norms.batchNorm},
  {shape: IMAGES_CHANNELS_FIRST, ...norms.batchNormChannelsFirst},
  {shape: IMAGES, ...norms.batchNormInference},
  {shape: IMAGES_CHANNELS_FIRST, ...norms.batchNormInferenceChannelsFirst},
  {shape: LARGE_IMAGES, ...norms.groupNorm},
  {shape: LARGE_IMAGES_CHANNELS_FIRST, ...norms.groupNormChannelsFirst},
  {shape: LARGE_IMAGES, ...norms.instanceNorm},
  {shape: LARGE_IMAGES_CHANNELS_FIRST, ...norms.instanceNormChannelsFirst},
];

/**
 * The same norms with tensors of about 50 MB, past the caches, so that even a forward pass moves
 * 100. There they meet the memory's limit, but not what takes seconds.
 */
const LARGE_CASES: Case[] = MODEL_CASES.filter(({attrs}) => attrs != null).map(
  ({shape: [size, ...inner], ...norm}) => {
    const bytes = inner.reduce((product, n) => product * n, 4);
    return {...norm, shape: [size * Math.round(5e7 / (bytes * size)), ...inner], rivals: []};
  },
);

export const CASES: Case[] = [
  ...MODEL_CASES,
  ...LARGE_CASES,
  // So small that only the overhead of a call shows.
  {shape: [8, 64], ...norms.layerNorm},
];
