/** What the suites of all backends do not see of the native ops. */
import {resolve} from 'node:path';
import * as tf from '@tensorflow/tfjs';
import {loadAddon} from '../../../src/kernels/backends/tensorflow/native/addon.js';
import {OPS} from '../../../src/kernels/backends/tensorflow/native/ops.js';
import type {NodeBackend} from '../../../src/kernels/backends/tensorflow/node_backend.js';
import type {KernelName} from '../../../src/kernels/contract.js';
import {bitsOf} from '../../../src/kernels/host/call.js';
import {planOf} from '../../../src/kernels/host/plan.js';
import * as tfn from '../../../src/index.js';
import {L1, MOMENTS} from '../../../src/statistic.js';
import {groupCount, type NormView, paramCount, viewOf, viewSize} from '../../../src/view.js';
import '../../backends.js';
import {expectClose} from '../../close.js';
import {random} from '../../random.js';
import {kernelsOn} from '../kernels.js';

const {addon, cores} = loadAddon();
afterEach(() => addon.threads(cores));
const backend = () => tf.backend() as unknown as NodeBackend;

test('they are what runs', () => {
  expect(tfn.backendInfo()).toEqual({backend: 'tensorflow', path: 'native'});
  const {sharedObjects} = process.report.getReport() as {sharedObjects: string[]};
  const prebuilt = resolve(`native/prebuilt/${process.platform}-${process.arch}.node`);
  expect(sharedObjects).toContain(process.env['TFN_ADDON'] ?? prebuilt);
});

// arm64 adds the parts of a vector in another order, and sanitizers leave no vectors. A short segment
// that begins far off its mean shows it.
const FORWARD = process.arch === 'x64' && process.env['TFN_ADDON'] == null ? 2e-6 : 4e-6;

// Each more than what is shared among threads, and uneven.
const SHARED: Array<[string, number[], number[], number[]]> = [
  ['rows', [257, 300], [1], [1]],
  ['rows without parameters', [257, 300], [1], []],
  ['columns', [1543, 48], [0], [1]],
  ['narrow columns', [16001, 5], [0], [1]],
  ['one long row', [70001], [0], []],
  ['columns of many images', [31, 40, 64], [1], [2]],
  ['columns of two images', [2, 700, 64], [1], [2]],
  ['groups of columns', [9, 130, 8, 8], [1, 3], [2, 3]],
  ['segments', [7, 13, 900], [0, 2], [1]],
  ['segments of images', [11, 13, 600], [2], [1]],
  ['groups of segments', [3, 8, 5, 700], [2, 3], [1, 2]],
  ['short segments', [90, 99, 9], [2], [1]],
  ['an axis of images with parameters', [37, 50, 40], [1], [0, 2]],
];

describe.each([
  ['moments', MOMENTS],
  ['l1', L1],
])('%s', (_, statistic) => {
  test.each(SHARED)('%s do not depend on the number of threads', (name, shape, reduced, params) => {
    const run = kernelsOn({shape, reduced, params, statistic, epsilon: 1e-3}, FORWARD);
    const [alone, ...others] = [1, 2, 3, 64].map(threads => {
      addon.threads(threads);
      return run();
    });
    if (!name.startsWith('rows')) return;
    // No bit of what a row gets has to do with other rows.
    others.flat().forEach((values, i) => expectClose(values, alone[i % alone.length], 0));
  });
});

test('rows in threads hand out their own moments where no other statistics are asked for', () => {
  tf.tidy(() => {
    const both = [1, 3].map(mean => tf.tensor(random(2 ** 20, 1, mean), [1024, 1024]));
    for (let i = 0; i < 40; i++) {
      const x = both[i % 2];
      expectClose(tfn.batchNorm(x, {axis: 0}).mean, tf.mean(x, 1), 1e-5);
    }
  });
});

const GIVEN = [0.5, 2].map(value => tf.fill([64], value));
const AFFINE = {gamma: tf.linspace(1, 2, 64), beta: tf.linspace(2, 1, 64)};
// Over the rows or images, which are repeated so that what they become is stored past the caches
// (native/stream.h).
test.each<[string, number[], (x: tf.Tensor) => tf.Tensor]>([
  [
    'rows',
    [700, 768],
    x => tfn.layerNorm(x, {gamma: tf.linspace(1, 2, 768), beta: tf.ones([768])}),
  ],
  ['rows without parameters', [700, 768], x => tfn.l2Normalize(x)],
  ['rows of absolute values', [700, 768], x => tfn.l1Normalize(x)],
  ['columns', [4099, 64], x => tfn.batchNorm(x, AFFINE).y],
  [
    'columns of given statistics',
    [4099, 64],
    x => tfn.batchNormInference(x, GIVEN[0], GIVEN[1], AFFINE),
  ],
  ['segments', [5, 64, 1000], x => tfn.instanceNorm(x, {axis: 1, ...AFFINE})],
  [
    'segments of given statistics',
    [5, 64, 1000],
    x => tfn.batchNormInference(x, GIVEN[0], GIVEN[1], {axis: 1, ...AFFINE}),
  ],
])('%s over and over are normalized as once, on any number of threads', (_, shape, normalize) => {
  const both = (x: tf.Tensor, dy: tf.Tensor) => [normalize(x), tf.grad(normalize)(x, dy)];
  const size = tf.util.sizeFromShape(shape);
  const times = [Math.ceil(2 ** 21 / size), ...shape.slice(1).map(() => 1)];
  tf.tidy(() => {
    const [x, dy] = [1, 2].map(seed => tf.tensor(random(size, seed, 1, 2), shape));
    const once = both(x, dy);
    for (const threads of [1, 3]) {
      addon.threads(threads);
      const often = both(tf.tile(x, times), tf.tile(dy, times));
      often.forEach((t, i) => {
        const expected = tf.tile(once[i], times);
        const off = tf.div(tf.abs(tf.sub(t, expected)), tf.maximum(1, tf.abs(expected)));
        expect(tf.max(off).dataSync()[0]).toBeLessThan([2e-6, 1e-5][i]);
      });
    }
  });
});

test('norms of zero stay with the native ops, and of what is next to nothing are not zero', () => {
  const execute = jest.spyOn(backend(), 'executeMultipleOutputs');
  const read = jest.spyOn(backend(), 'readSync');
  // Opposite signs, of which partial sums are zero as well.
  const column = (tiny: number) =>
    Array.from({length: 50}, (_, i) => (i < 2 ? 0 : tiny * (-1) ** i));
  const normalized = (tiny: number, copies: number) => {
    const other = tf.tensor1d(random(50, 1));
    const x = tf.stack(
      [other, tf.tensor1d(column(tiny)), ...Array<tf.Tensor1D>(128).fill(other)],
      1,
    );
    [execute, read].forEach(spy => spy.mockClear());
    const y = tfn.l2Normalize(x, {axis: 0, epsilon: 0});
    expect(execute.mock.calls.map(([op]) => op)).toEqual(['TfnNormalizeV2']);
    // The copies, of x and of both parameters.
    expect(read).toHaveBeenCalledTimes(copies);
    return tf.slice(y, [0, 1], [50, 1]);
  };
  tf.tidy(() => {
    expectClose(normalized(0, 0), column(0), 0);
    expectClose(normalized(1e-30, 3), column(1 / Math.sqrt(48)), 2e-6);
  });
  execute.mockRestore();
  read.mockRestore();
});

const CALLS = [
  {family: 'rows', view: viewOf([4, 6], [1], [1])},
  {family: 'columns', view: viewOf([4, 6, 5], [0, 1], [2])},
  {family: 'columns in parts', view: viewOf([4, 6, 5], [1], [2])},
  {family: 'segments', view: viewOf([4, 6, 20], [0, 2], [1])},
  {family: 'segments in parts', view: viewOf([24, 20], [1], [0])},
  {family: 'segments in parts of two axes', view: viewOf([2, 7, 12_500], [2], [0])},
].flatMap(({family, view}) =>
  (Object.keys(OPS) as KernelName[]).flatMap(kernel => {
    const plan = planOf(view, kernel, true);
    return plan == null ? [] : [{kernel, family, view, plan}];
  }),
);
type Call = Pick<(typeof CALLS)[number], 'kernel' | 'view' | 'plan'>;

const sizesOf = (view: NormView): Record<string, number> => {
  const [size, groups, params] = [viewSize, groupCount, paramCount].map(of => of(view));
  return {
    ...{x: size, dy: size, gamma: params, beta: params, mean: params, variance: params},
    ...{
      stats: 4 * groups,
      movingMean: groups,
      movingSpread: groups,
      dmean: groups,
      dspread: groups,
    },
  };
};

/** An op on ones; `shorter` is an input that lacks an element. */
function execute({kernel, view, plan}: Call, wanted?: string[], shorter?: string): tf.Tensor[] {
  const {op, inputs, outputs} = OPS[kernel];
  const {TF_ATTR_INT, TF_ATTR_FLOAT} = backend().binding;
  const attrs = [
    {name: 'statistic', type: TF_ATTR_INT, value: 7},
    {name: 'wanted', type: TF_ATTR_INT, value: bitsOf(wanted ?? [...inputs, ...outputs])},
    {name: 'epsilon', type: TF_ATTR_FLOAT, value: 1e-3},
    {name: 'momentum', type: TF_ATTR_FLOAT, value: 0.5},
    {name: 'momentum_rest', type: TF_ATTR_FLOAT, value: 0},
  ];
  return tf.tidy(() => {
    const sizes = sizesOf(view);
    const tensors = inputs.map(name => tf.ones([sizes[name] - (name === shorter ? 1 : 0)]));
    return backend().executeMultipleOutputs(
      op,
      attrs,
      [tf.tensor1d(plan), ...tensors],
      outputs.length,
    );
  });
}

function errorOf(...call: Parameters<typeof execute>): string {
  try {
    tf.dispose(execute(...call));
    return '';
  } catch (error) {
    return (error as Error).message;
  }
}

test.each(CALLS)('$kernel of $family refuses what does not fit', ({plan, ...call}) => {
  expect(errorOf({...call, plan})).toBe('');
  for (const input of OPS[call.kernel].inputs) {
    expect(errorOf({...call, plan}, undefined, input)).toMatch(/does not fit/);
  }
  for (const end of [0, 5, -2]) {
    expect(errorOf({...call, plan: plan.slice(0, end)})).toContain('the plan does not fit x');
  }
  // Nothing is read or written beyond the tensors, whatever else the plan says.
  for (const i of [...Array(11).keys(), 11, plan.length - 1].filter(i => i < plan.length)) {
    for (const value of [-(2 ** 31), -1, 0, 1, plan[i] + 1, 2 * plan[i], 1e9, 2 ** 31 - 1]) {
      const changed = plan.slice();
      changed[i] = value;
      for (const wanted of [undefined, ['dx']]) {
        expect(errorOf({...call, plan: changed}, wanted)).toMatch(/^$|fit|no plan/);
      }
    }
  }
});

test.each(CALLS)(
  'fuzz plan $kernel of $family',
  ({plan, ...call}) => {
    Error.stackTraceLimit = 0;
    let seed = 7;
    const rnd = (n: number) => (seed = (seed * 1103515245 + 12345) % 2147483648) % n;
    let ok = 0;
    const small = viewSize(call.view) < 1000;
    for (let k = 0; k < (small ? 30000 : 1000); k++) {
      const changed = plan.slice();
      const pick = [1, 2, 3, 4, 5, 6, 8, 10, 12, 15, 20, 24, 30, 40, 60, 120, 480, 0];
      for (let m = 1 + rnd(5); m > 0; m--) {
        const i = rnd(3) ? rnd(Math.min(11, plan.length)) : rnd(plan.length);
        changed[i] = rnd(2)
          ? pick[rnd(pick.length)]
          : [
              Math.floor(plan[i] / 2),
              plan[i] * 2,
              plan[i] + 1,
              plan[i] - 1,
              plan[i] * 3,
              Math.floor(plan[i] / 3),
            ][rnd(6)];
      }
      if (errorOf({...call, plan: changed}, ['dx']) === '') ok++;
      errorOf({...call, plan: changed});
    }
    console.log(call.kernel, ok);
    expect(ok).toBeGreaterThan(0);
  },
  600000,
);
test('plans of rows are refused where the kernel is of lines only', () => {
  const view = viewOf([4, 6], [1], []);
  const plan = planOf(view, 'FusedNormalize', false)!;
  const call = {view, plan};
  expect(errorOf({...call, kernel: 'FusedNormalizeGrad'}, ['dx'])).toBe('');
  expect(errorOf({...call, kernel: 'FusedNormalizeGrad'})).toContain('no plan for its gradient');
  expect(errorOf({...call, kernel: 'FusedNormalizeGiven'})).toContain('no plan of rows');
});

test.each([
  {
    kernel: 'FusedNormalize' as const,
    outputs: ['y', 'stats', 'mean', 'mean'],
    others: ['movingMean'],
  },
  {kernel: 'FusedNormalizeGrad' as const, outputs: ['dx', 'dgamma', 'dgamma'], others: ['dmean']},
])('outputs of $kernel that are not wanted have no elements', ({kernel, outputs, others}) => {
  const choices = [...new Set([...outputs, ...others])].filter(name => name !== 'y');
  for (const call of CALLS.filter(call => call.kernel === kernel)) {
    const sizes = execute(call).map(({size}) => size);
    for (let bits = 0; bits < 1 << choices.length; bits++) {
      const wanted = ['y', ...choices.filter((_, i) => (bits >> i) & 1)];
      expect(execute(call, wanted.slice(1)).map(({size}) => size)).toEqual(
        outputs.map((name, i) => (wanted.includes(name) ? sizes[i] : 0)),
      );
    }
  }
});

test('10,000 calls, failing ones among them, keep tensors, handles and memory flat', () => {
  tf.env().set('IS_TEST', false);
  const {stackTraceLimit} = Error;
  Error.stackTraceLimit = 0;
  const view = viewOf([96, 160], [1], [1]);
  const x = tf.tensor(random(96 * 160, 1), [96, 160]);
  const params = [tf.ones([160]), tf.zeros([160])] as const;
  const dy = tf.onesLike(x);
  const bad: Call = {kernel: 'FusedNormalize', view, plan: planOf(view, 'FusedNormalize', true)!};
  bad.plan[2]--;
  const step = () =>
    tf.tidy(() => {
      tf.grads((...[x, gamma, beta]: tf.Tensor[]) => tfn.layerNorm(x, {gamma, beta}))(
        [x, ...params],
        dy,
      );
      const {mean, variance} = tfn.batchNorm(x);
      tfn.batchNormInference(x, mean, variance);
      expect(errorOf(bad)).toContain('fit');
    });
  const held = () => ({
    tensors: tf.memory().numTensors,
    handles: (tf.backend() as unknown as {getNumOfTFTensors(): number}).getNumOfTFTensors(),
  });
  for (let i = 0; i < 500; i++) step();
  const [before, resident] = [held(), process.memoryUsage.rss()];
  // Forward, backward, two other kernels and a failure each.
  for (let i = 0; i < 2000; i++) step();
  expect(held()).toEqual(before);
  // A leak of the smallest output, of 10,000, would be 6 MB; of scratch or of y, 60 to 600 MB.
  expect(process.memoryUsage.rss() - resident).toBeLessThan(5e7);
  tf.env().set('IS_TEST', true);
  Error.stackTraceLimit = stackTraceLimit;
  tf.dispose([x, dy, ...params]);
}, 120_000);
