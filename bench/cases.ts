import * as norms from './norms.js';

export type Case = norms.Norm & {shape: number[]};

// Four bytes an element: 50 MB each, so that even forward alone moves 100.
const ROWS = [16384, 768];
const CHANNELS_LAST = [64, 56, 56, 64];
const CHANNELS_FIRST = [64, 64, 56, 56];
// An example, of which all groups are normalized at once with channels last, is beyond the L2.
const LARGE_LAST = [16, 112, 112, 64];
const LARGE_FIRST = [16, 64, 112, 112];

export const CASES: Case[] = [
  {shape: ROWS, ...norms.layerNorm},
  {shape: ROWS, ...norms.rmsNorm},
  {shape: ROWS, ...norms.l2Normalize},
  {shape: ROWS, ...norms.l1Normalize},
  {shape: CHANNELS_LAST, ...norms.batchNorm},
  {shape: CHANNELS_FIRST, ...norms.batchNormChannelsFirst},
  {shape: CHANNELS_LAST, ...norms.batchNormInference},
  {shape: CHANNELS_FIRST, ...norms.batchNormInferenceChannelsFirst},
  {shape: LARGE_LAST, ...norms.groupNorm},
  {shape: LARGE_FIRST, ...norms.groupNormChannelsFirst},
  {shape: LARGE_LAST, ...norms.instanceNorm},
  {shape: LARGE_FIRST, ...norms.instanceNormChannelsFirst},
  // So small that only the overhead of a call shows.
  {shape: [8, 64], ...norms.layerNorm},
];
