/** What is WebGL's own: launches, programs and textures. */
import * as tf from '@tensorflow/tfjs-core';
import * as tfn from '../../src/ops/index.js';
import {MOMENTS} from '../../src/statistic.js';
import {assert, assertSame} from '../close.js';
import {type Case, tidyCase} from '../cases/case.js';
import {random} from '../random.js';
import {expectRight, inputsOf} from '../right.js';
import {failingCases} from './failing_launches.js';
import {foldedModels} from './folded_models.js';
import {layerLaunches} from './layer_launches.js';
import {launches} from './launches.js';
import {type Averages, movingAverageCases, normalizeAndMove} from './moving_averages.js';

type Textures = {
  texData: {get(dataId: object): {isPacked: boolean; texture: unknown}};
  binaryCache: Record<string, unknown>;
  uploadToGPU(dataId: object): void;
};
const textures = () => tf.backend() as unknown as Textures;

const data = (shape: number[], seed: number) =>
  random(
    shape.reduce((a, b) => a * b, 1),
    seed,
    1,
    2,
  );

/** In a texture, so that nothing is left to upload. */
function onGpu(values: Float32Array, shape: number[], isPacked = true): tf.Tensor {
  const t = tf.tensor(values, shape);
  textures().texData.get(t.dataId).isPacked = isPacked;
  textures().uploadToGPU(t.dataId);
  return t;
}

type Norm = (x: tf.Tensor, gamma: tf.Tensor, beta: tf.Tensor) => tf.Tensor;
const NORMS: Record<string, Norm> = {
  'layer norm': (x, gamma, beta) => tfn.layerNorm(x, {gamma, beta}),
  'batch norm': (x, gamma, beta) => tfn.batchNorm(x, {gamma, beta}).y,
  'group norm': (x, gamma, beta) => tfn.groupNorm(x, {gamma, beta, groups: 4}),
};

/** What a layer of batch norm does in training. */
const MOVING_BATCH_NORM = 'batch norm with moving averages';

/** The ledger: a launch more, or another program, is a regression. */
const LEDGER: Array<{norm: string; shape: number[]; forward: string[]; backward: string[]}> = [
  {
    norm: 'layer norm',
    shape: [32, 128, 768],
    forward: ['statistics', 'y'],
    backward: ['group sums', 'dx', 'parameter sums of parts', 'parameter sums'],
  },
  {
    norm: 'layer norm',
    shape: [2, 4096],
    forward: ['statistics', 'y'],
    backward: ['group sums', 'dx', 'parameter sums of parts', 'parameter sums'],
  },
  {
    norm: 'batch norm',
    shape: [32, 56, 56, 64],
    forward: ['statistics of parts', 'merged statistics', 'y', 'moments'],
    backward: ['group sums of parts', 'merged group sums', 'dx', 'parameter sums'],
  },
  {
    norm: MOVING_BATCH_NORM,
    shape: [32, 56, 56, 64],
    forward: ['statistics of parts', 'merged statistics', 'y', 'moving average', 'moving average'],
    backward: ['group sums of parts', 'merged group sums', 'dx', 'parameter sums'],
  },
  {
    norm: 'batch norm',
    shape: [64, 30],
    forward: ['statistics', 'y', 'moments'],
    backward: ['group sums', 'dx', 'parameter sums'],
  },
  {
    // Its channels are two axes of the view, and lie differently in texels.
    norm: 'group norm',
    shape: [4, 8, 8, 16],
    forward: ['ReshapePackedProgram', 'statistics', 'y', 'ReshapePackedProgram'],
    backward: [
      'ReshapePackedProgram',
      'ReshapePackedProgram',
      'group sums',
      'dx',
      'parameter sums of parts',
      'parameter sums',
      'ReshapePackedProgram',
    ],
  },
];

function checkLedger({norm, shape, forward, backward}: (typeof LEDGER)[number]) {
  const [channels] = shape.slice(-1);
  const [x, dy] = [1, 2].map(seed => onGpu(data(shape, seed), shape));
  const [gamma, beta, mean, spread] = [3, 4, 5, 6].map(seed =>
    onGpu(data([channels], seed), [channels]),
  );
  const moving: Averages = {mean, spread};
  const f: Norm =
    norm === MOVING_BATCH_NORM
      ? (x, gamma, beta) => normalizeAndMove(x, [x.rank - 1], moving, {gamma, beta}).y
      : NORMS[norm];
  const found = {
    forward: launches(() => f(x, gamma, beta)),
    step: launches(() =>
      tf.grads((...[x, gamma, beta]: tf.Tensor[]) => f(x, gamma, beta))([x, gamma, beta], dy),
    ),
  };
  for (const [pass, expected] of Object.entries({forward, step: [...forward, ...backward]})) {
    const list = found[pass as 'forward'];
    assert(
      JSON.stringify(list) === JSON.stringify(expected),
      () => `${pass} launched ${list.join(', ')}, not ${expected.join(', ')}`,
    );
  }
}

/** Programs are made for roles, not for shapes. */
function compileOnce() {
  const ours = () =>
    Object.keys(textures().binaryCache).filter(key => key.includes(' texel(int index)')).length;
  const step = (batch: number) =>
    tf.tidy(() => {
      const x = onGpu(data([batch, 6, 6, 8], 1), [batch, 6, 6, 8]);
      const [gamma, beta] = [2, 3].map(seed => onGpu(data([8], seed), [8]));
      for (const f of Object.values(NORMS)) {
        tf.grads((...[x, gamma, beta]: tf.Tensor[]) => f(x, gamma, beta))([x, gamma, beta]);
      }
    });
  step(1);
  const before = ours();
  for (let batch = 2; batch <= 20; batch++) step(batch);
  assertSame('programs', [ours()], [before]);
}

/** Wherever `x` lies. */
const right = (f: Norm, x: tf.Tensor, axes: {reduced: number[]; params: number[]}) => {
  const problem = {shape: x.shape, ...axes, statistic: MOMENTS, epsilon: 1e-3};
  return expectRight((x, {gamma, beta}) => f(x, gamma!, beta!), problem, {...inputsOf(problem), x});
};

const LAST = {reduced: [1], params: [1]};
const FIRST = {reduced: [0], params: [1]};
const {'layer norm': layerNorm, 'batch norm': batchNorm} = NORMS;

/** A part of a texture: tfjs slices unpacked ones without a copy. */
async function sliced() {
  const whole = onGpu(data([9, 70], 1), [9, 70], false);
  const part = tf.slice(whole, [3, 0], [5, 70]);
  assert(!textures().texData.get(part.dataId).isPacked, () => 'the slice is packed');
  await right(layerNorm, part, LAST);
  await right(batchNorm, part, FIRST);
}

/** The same data under two shapes that lie differently in texels. */
async function reshaped() {
  const x = onGpu(data([5, 7, 6], 1), [5, 7, 6]);
  await right(layerNorm, tf.reshape(x, [35, 6]), LAST);
  await right(batchNorm, tf.reshape(x, [35, 6]), FIRST);
  await right(layerNorm, tf.reshape(x, [15, 14]), LAST);
}

/** Where a few values are on the CPU, a launch takes longer than they do. */
function tiny() {
  tf.env().set('WEBGL_CPU_FORWARD', true);
  try {
    const x = tf.tensor(data([4, 8], 1), [4, 8]);
    const found = launches(() => {
      tf.grad(x => tfn.layerNorm(x))(x);
      tfn.batchNorm(x);
    });
    assert(found.length === 0, () => `launched ${found.join(', ')}`);
  } finally {
    tf.env().set('WEBGL_CPU_FORWARD', false);
  }
}

// SwiftShader's textures have 8192 texels an edge, of 2 x 2 elements.
const LARGE: Array<[string, Norm, number[], typeof LAST]> = [
  ['rows longer than a texture is wide', layerNorm, [3, 20_011], LAST],
  ['more rows than a texture is high', layerNorm, [40_009, 3], LAST],
  ['columns longer than a texture is high', batchNorm, [40_009, 3], FIRST],
  ['more columns than a texture is wide', batchNorm, [31, 20_011], FIRST],
  ['more groups than a texture is wide', layerNorm, [70_001, 2], LAST],
];

const syncCase = (name: string, body: () => void): Case =>
  tidyCase(name, () => {
    body();
    return Promise.resolve();
  });

export const webglCases: Case[] = [
  ...LEDGER.map(entry =>
    syncCase(`launches of ${entry.norm}, [${entry.shape.join(', ')}]`, () => checkLedger(entry)),
  ),
  syncCase('one program for all batch sizes', compileOnce),
  syncCase('tiny inputs are left to the CPU', tiny),
  tidyCase('part of a texture', sliced),
  tidyCase('one texture under several shapes', reshaped),
  ...movingAverageCases,
  ...failingCases,
  ...layerLaunches('webgl'),
  ...foldedModels,
  ...LARGE.map(([name, f, shape, axes]) =>
    tidyCase(name, () => right(f, onGpu(data(shape, 1), shape), axes)),
  ),
];
