/** The result of `foldBatchNorm` for a block of MobileNet V2 and one of Inception on a GPU. */
import * as tf from '@tensorflow/tfjs';
import {foldBatchNorm} from '../../src/models/index.js';
import {type Case, tidyCase} from '../cases/case.js';
import {assert, assertClose, assertSame} from '../close.js';
import {random} from '../random.js';
import {launches} from './launches.js';

const {layers} = tf;
const bare = {useBias: false, padding: 'same'} as const;

/** tfjs's program for a small convolution of 1 × 1. */
const MATMUL = {webgl: 'MatMulPacked', webgpu: 'MatMulSmallOutputSize'};

type Row = {
  name: string;
  make: () => tf.layers.Layer[];
  /** How many programs tfjs launches for the model, and which stay: nothing but its convolutions. */
  launches: Record<'webgl' | 'webgpu', {before: number; after: string}>;
};

const ROWS: Row[] = [
  {
    name: 'expand, depthwise and project of MobileNet V2',
    make: () => [
      layers.conv2d({...bare, filters: 24, kernelSize: 1, inputShape: [8, 8, 4]}),
      layers.batchNormalization(),
      layers.reLU({maxValue: 6}),
      layers.depthwiseConv2d({...bare, kernelSize: 3}),
      layers.batchNormalization(),
      layers.reLU({maxValue: 6}),
      layers.conv2d({...bare, filters: 8, kernelSize: 1}),
      layers.batchNormalization(),
    ],
    launches: {
      // tfjs packs the texture for its depthwise convolution.
      webgl: {before: 11, after: `${MATMUL.webgl}, Pack, DepthwiseConvPacked2D, ${MATMUL.webgl}`},
      webgpu: {before: 10, after: `${MATMUL.webgpu}, DepthwiseConv2DVec4, ${MATMUL.webgpu}`},
    },
  },
  {
    name: 'convolution of Inception',
    make: () => [
      layers.conv2d({...bare, filters: 8, kernelSize: 3, inputShape: [8, 8, 4]}),
      layers.batchNormalization({scale: false}),
      layers.activation({activation: 'relu'}),
    ],
    launches: {
      // tfjs makes a matrix of the patches first.
      webgl: {before: 5, after: `Im2ColPacked, Pack, ${MATMUL.webgl}`},
      webgpu: {before: 4, after: `Im2Col, ${MATMUL.webgpu}`},
    },
  },
];

async function checkFolded({make, launches: expected}: Row) {
  const model = tf.sequential({layers: make()});
  const {model: folded} = foldBatchNorm(model);
  const x = tf.tensor(random(2 * 8 * 8 * 4, 1), [2, 8, 8, 4]);
  const [before, after] = [model, folded].map(each => each.predict(x) as tf.Tensor);
  assertClose('folded', await after.data(), await before.data(), 1e-5);
  const [all, rest] = [model, folded].map(each => launches(() => void each.call(x, {})).names);
  const {before: count, after: programs} = expected[tf.getBackend() as 'webgl' | 'webgpu'];
  folded.dispose();
  model.dispose();
  const names = rest.map(name => name.replace(/Program$/, '')).join(', ');
  assertSame('launches before', [all.length], [count]);
  assert(names === programs, () => `launches behind are ${names}, not ${programs}`);
}

/** On one of the two GPUs. */
export const foldedModels: Case[] = ROWS.map(row =>
  tidyCase(`folded: ${row.name}`, () => checkFolded(row)),
);
