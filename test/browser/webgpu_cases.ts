/** The launches and programs of webgpu's kernels, and sizes that take another way through them. */
import * as tf from '@tensorflow/tfjs';
import {type Case, FLOAT32} from '../cases/case.js';
import {conformanceCases} from '../cases/conformance.js';
import type {NormCase} from '../norm_cases.js';
import {failingCases} from './failing_launches.js';
import {foldedModels} from './folded_models.js';
import {
  acceleratedInferenceCase,
  compileCase,
  type Entry,
  layerNormsOfTfjs,
  ledgerCases,
  varyingCases,
} from './ledger.js';

type Backend = {device: GPUDevice; pipelineCache: object};
const webgpu = () => tf.backend() as unknown as Backend;

// The mean and the variance, which the op hands out too, or their averages.
const MOMENTS = ['moment', 'moment'];
const STATISTICS_IN_PARTS = ['statistics of parts', 'statistics, merged', 'normalized'];

const LEDGER: Entry[] = [
  {
    of: 'layer norm',
    shape: [4, 150, 768],
    forward: ['normalized groups'],
    step: ['statistics', 'normalized', 'sum', 'sum', 'gradient of groups'],
    pipelines: 5,
  },
  {
    // The last one of the step adds both gradients of x.
    of: 'addLayerNorm',
    shape: [4, 150, 768],
    forward: ['normalized groups'],
    step: 6,
  },
  {of: 'the same in two ops', shape: [4, 150, 768], forward: 2, step: 8},
  // Rows beyond the reach of a workgroup.
  {of: 'layer norm', shape: [2, 40_000], forward: STATISTICS_IN_PARTS},
  {
    of: 'batch norm',
    shape: [2, 56, 56, 64],
    step: [...STATISTICS_IN_PARTS, ...MOMENTS, 'two sums', 'sum', 'sum', 'gradient'],
    // One for both moments.
    pipelines: 8,
  },
  {
    of: 'batch norm with moving averages',
    shape: [2, 56, 56, 64],
    step: [...STATISTICS_IN_PARTS, ...MOMENTS, 'two sums', 'sum', 'sum', 'gradient'],
  },
  {
    of: 'group norm',
    shape: [1, 120, 120, 64],
    step: [
      ...STATISTICS_IN_PARTS,
      ...['two sums', 'sum', 'sum'],
      ...['two sums', 'two sums', 'gradient'],
    ],
  },
  {of: 'DyT', shape: [4, 150, 768], forward: 1, step: 9},
  {of: 'Derf', shape: [4, 150, 768], forward: 1, step: 9},
  ...layerNormsOfTfjs(9, 39),
  // Its launches do not depend on the size, but their time does.
  {of: "tfjs's batch norm", shape: [4, 14, 14, 64], forward: 13, step: 49},
  {of: 'our layer of batch norm', shape: [2, 56, 56, 64], forward: 5, step: 9},
];

const programs = () => Object.keys(webgpu().pipelineCache).filter(key => key.includes('{'));

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
  conformanceCases(FLOAT32, ['fused'], table).filter(({name}) =>
    /^(moments|l1): (fused|other)/.test(name),
  );

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

export const webgpuCases: Case[] = [
  ...ledgerCases(LEDGER),
  ...varyingCases,
  acceleratedInferenceCase,
  compileCase(programs),
  ...firstOrder(LARGE),
  ...narrowly(11, firstOrder(NARROW)),
  ...failingCases,
  ...foldedModels,
];
