import type {Implementation} from './implementation.js';
import * as norms from './norms.js';

export type Case = norms.Norm & {shape: number[]};

const ROWS = [4096, 768];
const IMAGES = [32, 56, 56, 64];
const IMAGES_CHANNELS_FIRST = [32, 64, 56, 56];
// With channels last, all groups of an image are normalized at once. These images are larger than
// the second cache.
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
 * The same norms with about 100 MB of traffic, which no cache holds. They are compared with the
 * memory's limit, and not with tf ops, which would take seconds. Each tensor stays below 32 MiB:
 * above that, malloc takes new pages from the system for every array, and on cpu these cost more
 * than everything else.
 */
const LARGE_BYTES = 3.15e7;
const LARGE_CASES: Case[] = MODEL_CASES.filter(({attrs}) => attrs != null).map(
  ({shape: [size, ...inner], ...norm}) => {
    const bytes = inner.reduce((product, n) => product * n, 4);
    const step = size / 8;
    const large = step * Math.floor(LARGE_BYTES / (bytes * step));
    return {...norm, shape: [large, ...inner], rivals: []};
  },
);

/** 2 MB in short rows. */
const SHORT_ROWS = [8, 16, 32, 64, 128].map(width => [2 ** 19 / width, width]);
const ATTENTION_HEADS = [32, 64, 128].map(width => [8, 12, 64, width]);
/** Batches of 64 features, for the chart; of the smallest ones only what a call costs shows. */
const LADDER = [32768, 2048, 256, 32, 8].map(rows => [rows, 64]);

/** tfjs's layer launches four kernels for each row: with more rows, its step would take half a minute. */
const MOST_ROWS_OF_TFJS = 4096;

const layerNormOf = (shape: number[]): Case => {
  const rows = shape.slice(0, -1).reduce((product, n) => product * n);
  const isQuick = ({kind}: Implementation) => rows <= MOST_ROWS_OF_TFJS || kind !== 'built-in';
  return {...norms.layerNorm, shape, rivals: norms.layerNorm.rivals.filter(isQuick)};
};

/** The sizes that people train with. */
export const SMALL_CASES: Case[] = [
  {shape: [32, 64], ...norms.batchNormOfRows},
  {shape: [256, 64], ...norms.batchNormOfRows},
  ...[[32, 256], ...ATTENTION_HEADS, ...SHORT_ROWS, ...LADDER].map(layerNormOf),
];

export const CASES: Case[] = [...MODEL_CASES, ...LARGE_CASES, ...SMALL_CASES];
