/** What the kernels of webgpu launch and compile, and sizes that take another way through them. */
import * as tf from '@tensorflow/tfjs';
import {asAttrMap, FusedNormalize, type ForwardAttrs} from '../../src/kernels/contract.js';
import * as tfn from '../../src/ops/index.js';
import {assert, assertClose} from '../close.js';
import {type Case, FLOAT32, tidyCase} from '../cases/case.js';
import {conformanceCases} from '../cases/conformance.js';
import {problemOf} from '../cases/problem.js';
import {normalize64} from '../float64.js';
import {NORM_CASES, type NormCase, STATISTICS} from '../norm_cases.js';
import {failingCases} from './failing_launches.js';
import {foldedModels} from './folded_models.js';
import {layerLaunches} from './layer_launches.js';
import {movingAverageCases, normalizeAndMove} from './moving_averages.js';

type Program = {shaderKey: string};
type Backend = {
  device: GPUDevice;
  runWebGPUProgram: (program: Program, ...args: unknown[]) => tf.TensorInfo;
};

const webgpu = () => tf.backend() as unknown as Backend;

/** The programs that `f` launches, in order, and the pipelines that these have. */
async function launchesOf(f: () => tf.Tensor | tf.Tensor[]) {
  const backend = webgpu();
  const run = backend.runWebGPUProgram;
  const names: string[] = [];
  const pipelines = new Set<string>();
  backend.runWebGPUProgram = (program, ...args) => {
    names.push(program.shaderKey.replace(/ \{.*/, ''));
    const result = run.call(backend, program, ...args);
    // By now it is the key of the pipeline.
    pipelines.add(program.shaderKey);
    return result;
  };
  try {
    await Promise.all([f()].flat().map(t => t.data()));
  } finally {
    backend.runWebGPUProgram = run;
  }
  return {names, pipelines};
}

const zeros = (shape: number[]) =>
  tf.tensor(new Float32Array(shape.reduce((a, b) => a * b, 1)), shape);

type Op = (x: tf.Tensor, params: {gamma: tf.Tensor; beta: tf.Tensor}) => tf.Tensor;

const layerNorm: Op = (x, params) => tfn.layerNorm(x, params);
const batchNorm: Op = (x, params) => tfn.batchNorm(x, params).y;
const movingBatchNorm: Op = (x, params) => {
  const [mean, spread] = [1, 2].map(() => zeros(features(x.shape)));
  return normalizeAndMove(x, [x.rank - 1], {mean, spread}, params).y;
};
const groupNorm: Op = (x, params) => tfn.groupNorm(x, params);

const features = (shape: number[]) => shape.slice(-1);

const inference = (op: Op, shape: number[]) => () =>
  op(zeros(shape), {gamma: zeros(features(shape)), beta: zeros(features(shape))});

const training = (op: Op, shape: number[]) => () =>
  tf.grads((x, gamma, beta) => op(x, {gamma, beta}))(
    [zeros(shape), zeros(features(shape)), zeros(features(shape))],
    zeros(shape),
  );

type Row = {name: string; run: () => tf.Tensor | tf.Tensor[]; launches: string[]};

/** All that is launched. */
const LEDGER: Row[] = [
  {
    name: 'layerNorm [32, 128, 768]',
    run: inference(layerNorm, [32, 128, 768]),
    launches: ['normalized groups'],
  },
  {
    name: 'a training step of layerNorm [32, 128, 768]',
    run: training(layerNorm, [32, 128, 768]),
    launches: ['statistics', 'normalized', 'sum', 'sum', 'gradient of groups'],
  },
  {
    name: 'a row beyond the reach of a workgroup',
    run: inference(layerNorm, [2, 40_000]),
    launches: ['statistics of parts', 'statistics, merged', 'normalized'],
  },
  {
    name: 'a training step of batchNorm [32, 56, 56, 64]',
    run: training(batchNorm, [32, 56, 56, 64]),
    launches: [
      ...['statistics of parts', 'statistics, merged', 'normalized'],
      // The mean and the variance, which the op hands out too.
      ...['moment', 'moment'],
      ...['two sums', 'sum', 'sum', 'gradient'],
    ],
  },
  {
    name: 'a training step of batchNorm [32, 56, 56, 64] with moving averages',
    run: training(movingBatchNorm, [32, 56, 56, 64]),
    launches: [
      ...['statistics of parts', 'statistics, merged', 'normalized', 'moment', 'moment'],
      ...['two sums', 'sum', 'sum', 'gradient'],
    ],
  },
  {
    name: 'a training step of groupNorm [1, 200, 200, 64], in parts',
    run: training(groupNorm, [1, 200, 200, 64]),
    launches: [
      ...['statistics of parts', 'statistics, merged', 'normalized'],
      ...['two sums', 'sum', 'sum'],
      ...['two sums', 'two sums', 'gradient'],
    ],
  },
];

const ledgerCases = LEDGER.map(({name, run, launches}) =>
  tidyCase(`launches of ${name}`, async () => {
    const {names} = await launchesOf(run);
    assert(names.join('; ') === launches.join('; '), () => `there were: ${names.join('; ')}`);
  }),
);

const COMPILED: Record<string, {op: Op; shape: number[]; programs: number}> = {
  layerNorm: {op: layerNorm, shape: [5, 300], programs: 5},
  // It hands out its moments, by one program for both.
  batchNorm: {op: batchNorm, shape: [5, 300], programs: 6},
  groupNorm: {op: groupNorm, shape: [5, 64], programs: 5},
};

const compileCases = Object.entries(COMPILED).map(([name, {op, shape, programs}]) =>
  tidyCase(`${name} compiles for 20 batch sizes what it does for one`, async () => {
    const compiled = async (batch: number) => {
      const {pipelines} = await launchesOf(training(op, [batch, ...shape]));
      // Ours have options.
      return [...pipelines].filter(key => key.includes('{'));
    };
    const found = new Set<string>();
    for (let batch = 17; batch < 37; batch++) {
      for (const key of await compiled(batch)) found.add(key);
    }
    assert(found.size === (await compiled(20)).length, () => [...found].join('\n'));
    assert(found.size === programs, () => [...found].join('\n'));
  }),
);

const LARGE: NormCase[] = [
  {name: 'rows beyond a workgroup', shape: [2, 40_000], reduced: [1], params: [1]},
  {name: 'rows of a workgroup', shape: [3, 1500], reduced: [1], params: [1]},
  {name: 'columns beyond a workgroup', shape: [5000, 9], reduced: [0], params: [1]},
  {name: 'few columns', shape: [17_000, 3], reduced: [0], params: [1]},
  {name: 'channels first in parts', shape: [8, 3, 71, 71], reduced: [0, 2, 3], params: [1]},
  {name: 'channel groups in parts', shape: [1, 9000, 2, 4], reduced: [1, 3], params: [2, 3]},
  {name: '70,000 groups', shape: [70_000, 5], reduced: [1], params: [1]},
];

// Two statistics that have nothing in common.
const firstOrder = (table: NormCase[]) =>
  conformanceCases(FLOAT32, ['fused'], table).filter(({name}) => /^(moments|l1): fused/.test(name));

/** The cases on a device that takes only so many workgroups a dimension: as if of huge tensors. */
const narrowly = (most: number, cases: Case[]): Case[] =>
  cases.map(({name, run}) => ({
    name: `at most ${most} workgroups a dimension: ${name}`,
    run: async () => {
      const {device} = webgpu();
      webgpu().device = new Proxy(device, {
        get: (_, key: keyof GPUDevice) => {
          if (key === 'limits') return {maxComputeWorkgroupsPerDimension: most};
          const value: unknown = Reflect.get(device, key);
          return typeof value === 'function' ? (value.bind(device) as unknown) : value;
        },
      });
      try {
        await run();
      } finally {
        webgpu().device = device;
      }
    },
  }));

// Two dimensions for some of these, and three for others; both go beyond the last workgroup.
const NARROW: NormCase[] = [
  {name: 'rows', shape: [61, 130], reduced: [1], params: [1]},
  {name: 'columns', shape: [300, 70], reduced: [0], params: [1]},
  ...LARGE.slice(0, 3),
];

const withoutStats = STATISTICS.flatMap(([name, statistic]) =>
  [...NORM_CASES, ...LARGE]
    .filter(({epsilon}) => epsilon !== 0)
    .map(c =>
      tidyCase(`${name}: without statistics: ${c.name}`, async () => {
        const {problem, values, tensors, attrs} = problemOf(c, statistic, FLOAT32);
        const {x, gamma, beta} = tensors();
        const alone: ForwardAttrs = {...attrs, withStats: false, momentsShape: null};
        const outputs = tf
          .engine()
          .runKernel<tf.Tensor[]>(FusedNormalize, {x, gamma, beta}, asAttrMap(alone));
        assert(outputs.length === 1, () => `There are ${outputs.length} outputs.`);
        const truth = normalize64(values.x, values.gamma, values.beta, problem);
        assertClose('y', await outputs[0].data(), truth.y, FLOAT32.forward);
      }),
    ),
);

export const webgpuCases: Case[] = [
  ...ledgerCases,
  ...compileCases,
  ...withoutStats,
  ...firstOrder(LARGE),
  ...narrowly(11, firstOrder(NARROW)),
  ...movingAverageCases,
  ...failingCases,
  ...layerLaunches('webgpu'),
  ...foldedModels,
];
