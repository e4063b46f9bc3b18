/** Cases of WebGL's own: launches, programs and textures. */
import * as tf from '@tensorflow/tfjs-core';
import * as tfn from '../../src/ops/index.js';
import {MOMENTS} from '../../src/statistic.js';
import {assert, assertClose} from '../close.js';
import {type Case, FLOAT32, onCpu, tidyCase} from '../cases/case.js';
import {random} from '../random.js';
import {expectRight, inputsOf} from '../right.js';
import {failingCases} from './failing_launches.js';
import {foldedModels} from './folded_models.js';
import {
  acceleratedInferenceCase,
  compileCase,
  type Entry,
  layerNormsOfTfjs,
  ledgerCases,
  NORMS,
  varyingCases,
} from './ledger.js';

type Textures = {
  texData: {get(dataId: object): {isPacked: boolean; texture: unknown}};
  binaryCache: Record<string, unknown>;
  uploadToGPU(dataId: object): void;
};
const textures = () => tf.backend() as unknown as Textures;

const data = (shape: number[], seed: number) => random(tf.util.sizeFromShape(shape), seed, 1, 2);

/** In a texture, so that nothing is left to upload. */
function onGpu(values: Float32Array, shape: number[], isPacked = true): tf.Tensor {
  const t = tf.tensor(values, shape);
  textures().texData.get(t.dataId).isPacked = isPacked;
  textures().uploadToGPU(t.dataId);
  return t;
}

const LEDGER: Entry[] = [
  {
    of: 'layer norm',
    shape: [4, 150, 768],
    forward: ['statistics', 'y'],
    step: [
      ...['statistics', 'y'],
      ...['group sums', 'dx', 'parameter sums of parts', 'parameter sums'],
    ],
  },
  {
    // The last launch adds both gradients of x.
    of: 'addLayerNorm',
    shape: [4, 150, 768],
    forward: ['statistics', 'y and sum'],
    step: [
      ...['statistics', 'y and sum', 'group sums', 'dx', 'parameter sums of parts'],
      ...['parameter sums', 'BinaryOpPackedProgram'],
    ],
  },
  {of: 'the same in two ops', shape: [4, 150, 768], forward: 3, step: 9},
  {
    of: 'batch norm',
    shape: [4, 14, 14, 64],
    step: [
      ...['statistics of parts', 'merged statistics', 'y', 'moments'],
      ...['group sums of parts', 'merged group sums', 'dx', 'parameter sums'],
    ],
  },
  {
    of: 'batch norm with moving averages',
    shape: [4, 14, 14, 64],
    step: [
      ...['statistics of parts', 'merged statistics', 'y', 'moving average', 'moving average'],
      ...['group sums of parts', 'merged group sums', 'dx', 'parameter sums'],
    ],
  },
  {
    of: 'batch norm',
    shape: [64, 30],
    forward: ['statistics', 'y', 'moments'],
    step: ['statistics', 'y', 'moments', 'group sums', 'dx', 'parameter sums'],
  },
  {
    // Its channels are two axes of the view, and lie differently in texels.
    of: 'group norm',
    shape: [4, 8, 8, 16],
    forward: ['ReshapePackedProgram', 'statistics', 'y', 'ReshapePackedProgram'],
    step: [
      ...['ReshapePackedProgram', 'statistics', 'y', 'ReshapePackedProgram'],
      ...['ReshapePackedProgram', 'ReshapePackedProgram', 'group sums', 'dx'],
      ...['parameter sums of parts', 'parameter sums', 'ReshapePackedProgram'],
    ],
  },
  // Two of the step's launches, and DyT's third, are uploads of constants.
  {of: 'DyT', shape: [4, 150, 768], forward: 1, step: 12},
  {of: 'Derf', shape: [4, 150, 768], forward: 1, step: 11},
  ...layerNormsOfTfjs(19, 77),
  {of: "tfjs's batch norm", shape: [32, 56, 56, 4], forward: 30, step: 106},
  {of: 'our layer of batch norm', shape: [4, 14, 14, 64], forward: 5, step: 9},
];

const programs = () =>
  Object.keys(textures().binaryCache).filter(key => key.includes(' texel(int index)'));

type Norm = (x: tf.Tensor, gamma: tf.Tensor, beta: tf.Tensor) => tf.Tensor;

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

/** Parameters of each example, which an op has left in texels: the last one of an odd row is half empty. */
async function oddRows() {
  const [shape, params] = [
    [3, 5, 7],
    [3, 1, 7],
  ];
  const norm = () => {
    const [gamma, beta] = [2, 3].map(seed => tf.neg(tf.tensor(data(params, seed), params)));
    return tfn.layerNorm(tf.tensor(data(shape, 1), shape), {gamma, beta}).data();
  };
  const found = await norm();
  assertClose('y', found, await onCpu(norm), FLOAT32.forward);
}

/** Programs of WebGL 1 are in another language. */
function onWebGL1(): Promise<void> {
  tf.env().set('WEBGL_VERSION', 1);
  try {
    const {path, reason} = tfn.backendInfo();
    const isRight = path === 'reference' && reason === 'its kernels need WebGL 2';
    assert(isRight, () => `the path is ${path}, the reason ${reason}`);
  } finally {
    tf.env().set('WEBGL_VERSION', 2);
  }
  return Promise.resolve();
}

// SwiftShader's textures have 8192 texels an edge, of 2 x 2 elements.
const LARGE: Array<[string, Norm, number[], typeof LAST]> = [
  ['rows longer than a texture is wide', layerNorm, [3, 20_011], LAST],
  ['more rows than a texture is high', layerNorm, [40_009, 3], LAST],
  ['columns longer than a texture is high', batchNorm, [40_009, 3], FIRST],
  ['more columns than a texture is wide', batchNorm, [31, 20_011], FIRST],
  ['more groups than a texture is wide', layerNorm, [70_001, 2], LAST],
];

export const webglCases: Case[] = [
  ...ledgerCases(LEDGER),
  ...varyingCases,
  acceleratedInferenceCase,
  compileCase(programs),
  tidyCase('without programs of WebGL 2', onWebGL1),
  tidyCase('part of a texture', sliced),
  tidyCase('one texture under several shapes', reshaped),
  tidyCase('odd rows of parameters in a texture', oddRows),
  ...failingCases,
  ...foldedModels,
  ...LARGE.map(([name, f, shape, axes]) =>
    tidyCase(name, () => right(f, onGpu(data(shape, 1), shape), axes)),
  ),
];
