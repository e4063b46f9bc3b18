/** The fast loops, in tiles and in place, against the plain ones, on views of every family. */
import {ACTIVATIONS} from '../../src/activation.js';
import {
  type AttrsOf,
  type KernelName,
  type NormalizeAttrs,
  OUTPUTS,
} from '../../src/kernels/contract.js';
import {planCall, runInPlace, runInTiles} from '../../src/kernels/host/call.js';
import {loopsOfOwnMemory} from '../../src/kernels/host/own_memory.js';
import {PLAIN} from '../../src/kernels/host/plain/plain_kernels.js';
import {FAMILIES, planOf} from '../../src/kernels/host/plan.js';
import type {Arrays} from '../../src/kernels/host/arrays.js';
import {L1, L2, MOMENTS, RMS} from '../../src/statistic.js';
import {groupCount, type NormView, paramCount, viewOf, viewSize} from '../../src/view.js';
import {expectClose, rms} from '../close.js';
import {NORM_CASES, type NormCase, STATISTICS} from '../norm_cases.js';
import {random} from '../random.js';

/** The loops add up in float32 what the plain ones add up in doubles. */
const TOLERANCE = 5e-6;

type Family = (typeof FAMILIES)[number];

const familyOf = ({shape, reduced, params}: NormCase): Family =>
  FAMILIES[planOf(viewOf(shape, reduced, params), 'FusedNormalize')[0]];

/** By the loops that take them. Odd sizes, so that what follows an array is not aligned. */
const LARGE: Record<Family, NormCase[]> = {
  'long rows': [
    {name: 'rows', shape: [31, 300], reduced: [1], params: [1]},
    {name: 'rows longer than a block', shape: [3, 2500], reduced: [1], params: [1]},
    {name: 'rows longer than a tile', shape: [2, 65_537], reduced: [1], params: [1]},
    {name: 'long rows without parameters', shape: [67, 1030], reduced: [1], params: []},
    {name: 'long rows of groups', shape: [29, 5, 261], reduced: [2], params: [1, 2]},
    {name: 'long rows of samples with parameters', shape: [3, 11, 270], reduced: [2], params: [0, 2]}, // prettier-ignore
    {name: 'long rows with parameters each', shape: [7, 300], reduced: [1], params: [0, 1]},
  ],
  'short rows': [
    {name: 'short rows', shape: [4099, 33], reduced: [1], params: [1]},
    {name: 'rows of four', shape: [3001, 4], reduced: [1], params: [1]},
    {name: 'rows of three', shape: [5003, 3], reduced: [1], params: [1]},
    {name: 'rows of two in groups', shape: [1003, 7, 2], reduced: [2], params: [1, 2]},
    {name: 'rows of 255', shape: [211, 255], reduced: [1], params: [1]},
    {name: 'short rows without parameters', shape: [1203, 130], reduced: [1], params: []},
    {name: 'group norm of vectors', shape: [1031, 8, 17], reduced: [2], params: [1, 2]},
    {name: 'group norm of sequences', shape: [13, 29, 100, 6], reduced: [3], params: [2, 3]},
    {name: 'heads with weights each', shape: [5, 7, 123, 19], reduced: [3], params: [1, 3]},
    {name: 'short rows of samples with parameters', shape: [3, 999, 22], reduced: [2], params: [0, 2]}, // prettier-ignore
    {name: 'short rows with a parameter each', shape: [211, 99, 9], reduced: [2], params: [1]},
    {name: 'short rows with parameters each', shape: [501, 30], reduced: [1], params: [0, 1]},
  ],
  lanes: [
    {name: 'layer norm over channels first', shape: [5, 64, 777], reduced: [1], params: [1]},
    {name: 'layer norm over the first axis', shape: [301, 519], reduced: [0], params: [0]},
    {name: 'a long first axis', shape: [9001, 5], reduced: [0], params: [0]},
    {name: 'many short columns', shape: [2311, 3, 6], reduced: [1], params: [1]},
    {name: 'lanes of samples with parameters', shape: [6, 50, 70], reduced: [1], params: [0, 1]},
    {name: 'lanes with parameters each', shape: [4, 50, 270], reduced: [1], params: [0, 1, 2]},
    {name: 'lanes of heads', shape: [4, 50, 9, 31], reduced: [1], params: [1, 2]},
  ],
  'copied lanes': [
    {name: 'axes apart of runs with parameters each', shape: [9, 7, 5, 31], reduced: [1, 3], params: [0, 1, 2, 3]}, // prettier-ignore
    {
      name: 'axes apart, the last one kept',
      shape: [30, 5, 41, 11],
      reduced: [0, 2],
      params: [0, 2],
    },
    {name: 'groups with parameters each', shape: [3, 40, 4, 9], reduced: [1, 3], params: [0, 1, 2, 3]}, // prettier-ignore
  ],
  columns: [
    {name: 'one long row', shape: [20_001], reduced: [0], params: []},
    {name: 'columns', shape: [517, 100], reduced: [0], params: [1]},
    {name: 'one column', shape: [20_011, 1], reduced: [0], params: [1]},
    {name: 'three columns', shape: [7001, 3], reduced: [0], params: [1]},
    {name: 'seven columns', shape: [3001, 7], reduced: [0], params: [1]},
    {name: 'many columns', shape: [19, 12_345], reduced: [0], params: [1]},
    {name: 'columns in groups', shape: [5, 83, 8, 6], reduced: [1, 3], params: [2, 3]},
    {name: 'columns of samples', shape: [40, 90, 24], reduced: [1], params: [2]},
    {name: 'a middle axis', shape: [7, 30, 41], reduced: [1], params: []},
    {name: 'segments too long for a tile, in parts', shape: [2, 4, 30_000], reduced: [2], params: [1]}, // prettier-ignore
    {name: 'segments too long for a tile', shape: [2, 3, 17_003], reduced: [0, 2], params: [1]},
  ],
  segments: [
    {name: 'segments', shape: [9, 12, 77], reduced: [0, 2], params: [1]},
    {name: 'segments in groups', shape: [5, 4, 6, 50], reduced: [2, 3], params: [1, 2]},
    {name: 'segments of samples', shape: [60, 12, 321], reduced: [2], params: [1]},
    {name: 'long segments', shape: [2, 3, 16_383], reduced: [2], params: [1]},
    {name: 'segments in parts of the second axis', shape: [2, 7, 12_500], reduced: [2], params: [1]}, // prettier-ignore
    {name: 'groups in parts of the second axis', shape: [2, 7, 3, 4000], reduced: [2, 3], params: [1, 2]}, // prettier-ignore
    {name: 'parameters along the first axis', shape: [5, 40, 300], reduced: [1, 2], params: [0]},
  ],
  'copied rows': [
    {name: 'axes apart', shape: [3, 40, 7, 33], reduced: [1, 3], params: [1, 3]},
    {name: 'short groups of axes apart', shape: [3, 40, 101, 3], reduced: [1, 3], params: [1, 3]},
    {name: 'axes apart of samples with parameters', shape: [30, 5, 41, 11], reduced: [1, 3], params: [0, 1, 3]}, // prettier-ignore
    {name: 'three axes apart', shape: [3, 5, 7, 5, 6, 7], reduced: [1, 3, 5], params: [1, 3, 5]},
  ],
};

const ROWS = Object.values(LARGE).flat();

test.each(FAMILIES.map(family => [family, LARGE[family]] as const))('%s', (family, cases) => {
  expect(cases.map(familyOf)).toEqual(cases.map(() => family));
});

test('the loops that take each case of the table', () => {
  const taken = NORM_CASES.map(familyOf);
  const cases = FAMILIES.map(family => taken.filter(name => name === family));
  expect(cases.map((list, i) => `${FAMILIES[i]}: ${list.length}`)).toEqual([
    'long rows: 2',
    'short rows: 29',
    'copied rows: 2',
    'lanes: 5',
    'copied lanes: 1',
    'columns: 17',
    'segments: 2',
  ]);
});

const loops = loopsOfOwnMemory()!;

/** The outputs, or null where float32 does not reach. Fails where there is no fast loop. */
function run<Name extends KernelName>(
  name: Name,
  inputs: Arrays,
  attrs: AttrsOf[Name],
  how: 'tiles' | 'place' | 'plain',
): Arrays | null {
  const outputs = OUTPUTS[name](attrs, [viewSize(attrs.view)]);
  const sizes = outputs.map(({shape}) => shape.reduce((a, b) => a * b, 1));
  const arrays = {...inputs};
  outputs.forEach((output, i) => (arrays[output.name] = new Float32Array(sizes[i]).fill(NaN)));
  const names = Object.keys(arrays);
  if (how === 'plain') {
    PLAIN[name](arrays, attrs);
  } else {
    const call = planCall(loops, name, attrs, names, how === 'tiles')!;
    const bytes =
      how === 'place' ? names.reduce((n, key) => n + 16 + 4 * arrays[key].length, 0) : 0;
    // Memory of tfjs is aligned to 8 bytes.
    const address = loops.reserve(call.bytes + bytes + 8)! + 8;
    const used = how === 'place' ? copied(arrays, address + call.bytes) : arrays;
    const fits =
      how === 'place'
        ? runInPlace(loops, call, attrs, addressesOf(used), address)
        : runInTiles(loops, call, attrs, used, address);
    if (!fits) return null;
    for (const {name} of outputs) arrays[name] = used[name].slice();
  }
  return Object.fromEntries(outputs.map(({name}) => [name, arrays[name]]));
}

/** The arrays in the loops' memory, from an address on. */
function copied(arrays: Arrays, address: number): Arrays {
  const copies = Object.entries(arrays).map(([name, array]) => {
    const copy = new Float32Array(loops.memory.buffer, address, array.length);
    copy.set(array);
    address += 16 * Math.ceil(copy.byteLength / 16);
    return [name, copy];
  });
  return Object.fromEntries(copies) as Arrays;
}

const addressesOf = (arrays: Arrays): Record<string, number> =>
  Object.fromEntries(Object.entries(arrays).map(([name, array]) => [name, array.byteOffset]));

/** Where the terms of dx cancel, it is as exact as they are; an activation's slope has roundings of its own. */
function leastOfDx(stats: Float32Array, {activation}: NormalizeAttrs): number {
  const rstd = stats.filter((_, i) => i % 4 === 3);
  return activation == null ? 0.1 * rms(rstd) : rstd.reduce((a, b) => Math.max(a, b));
}

const pool = random(2 ** 18, 1, 1, 2);

/** All inputs of all kernels. */
const inputsOf = (view: NormView) => {
  const [size, groups, params] = [viewSize(view), groupCount(view), paramCount(view)];
  return {
    x: pool.slice(0, size),
    dy: pool.slice(-size),
    gamma: pool.slice(0, params),
    beta: pool.slice(-params),
    moments: {mean: pool.slice(0, params), variance: pool.slice(0, params).map(v => 0.1 + v * v)},
    moving: {movingMean: pool.slice(7, 7 + groups), movingSpread: pool.slice(9, 9 + groups)},
    dmoments: {dmean: pool.slice(3, 3 + groups), dspread: pool.slice(5, 5 + groups)},
  };
};

describe.each(STATISTICS)('%s', (_, statistic) => {
  test.each([...NORM_CASES, ...ROWS].map((row, i) => ({...row, i})))('$name', ({i, ...problem}) => {
    const {shape, reduced, params, epsilon = 1e-3} = problem;
    // Each with some of the rows.
    const {activation = ACTIVATIONS[i % ACTIVATIONS.length]} = problem as NormCase;
    const view = viewOf(shape, reduced, params);
    const {x, dy, gamma, beta, moments, moving, dmoments} = inputsOf(view);
    const check = <Name extends KernelName>(name: Name, inputs: Arrays, attrs: AttrsOf[Name]) => {
      const expected = run(name, inputs, attrs, 'plain')!;
      for (const how of ['tiles', 'place'] as const) {
        const found = run(name, inputs, attrs, how);
        for (const [output, values] of Object.entries(expected)) {
          // A sum is small where its terms cancel; its error is not.
          const terms = /^d(gamma|beta)$/.test(output) ? viewSize(view) / values.length : 1;
          const least = output === 'dx' ? leastOfDx(inputs['stats'], attrs) : 0;
          const scale = Math.max(Math.sqrt(terms), rms(values), least);
          expectClose(found![output], values, TOLERANCE, scale);
        }
      }
      return expected;
    };
    const attrs = {view, statistic, epsilon};
    const forward = {...attrs, withStats: true, momentsShape: [groupCount(view)]};
    const {stats} = check('FusedNormalize', {x, gamma, beta}, {...forward, momentum: 0});
    const moved = {...forward, withStats: false, momentum: 0.9};
    check('FusedNormalize', {x, gamma, beta, ...moving}, moved);
    const grad = {dy, x, gamma, stats, ...dmoments};
    check('FusedNormalizeGrad', grad, {...attrs, wanted: {dx: true, dparams: true}});
    check('FusedNormalizeGrad', {dy, x, gamma, stats}, {...attrs, wanted: {dx: true, dparams: false}}); // prettier-ignore
    check('FusedNormalizeGrad', {dy, x, gamma, stats}, {...attrs, wanted: {dx: false, dparams: true}}); // prettier-ignore
    // A sum in front of the norm, and an activation behind it.
    const gate: Arrays = ['long rows', 'short rows'].includes(familyOf(problem))
      ? {gate: beta}
      : {};
    const adds = {
      ...attrs,
      activation,
      alpha: 0.7,
      withStats: true,
      momentsShape: null,
      momentum: 0,
    };
    const sums = check('FusedNormalize', {x, gamma, beta, residual: dy, ...gate}, adds);
    const sumGrad = {dy, x: sums['sum'], gamma, beta, stats: sums['stats'], dsum: x};
    check('FusedNormalizeGrad', sumGrad, {...attrs, activation, wanted: {dx: true, dparams: true}});
    check('FusedNormalizeGrad', sumGrad, {
      ...attrs,
      activation,
      wanted: {dx: false, dparams: true},
    });
    if (view.some(axis => axis.reduced === axis.param)) return;
    check('FusedNormalizeGiven', {x, ...moments, gamma, beta}, attrs);
    check('FusedNormalizeGiven', {x, ...moments, gamma, beta}, {...attrs, activation});
  });
});

const forward = {withStats: false, momentsShape: null, momentum: 0};
const noParams = {gamma: Float32Array.of(1), beta: Float32Array.of(0)};

describe.each<[string, number[], number[], (i: number) => number, (i: number) => number]>([
  ['columns', [50, 130], [0], i => i % 130, i => Math.floor(i / 130)],
  ['segments', [4, 24, 50], [0, 2], i => Math.floor(i / 50) % 24, i => i],
])('in %s, a norm of zero', (_, shape, reduced, channelOf, positionOf) => {
  const attrs = {view: viewOf(shape, reduced, []), statistic: L2, epsilon: 0, ...forward};
  const runAll = (tiny: number) => {
    // Elements of opposite signs, so that partial sums are zero as well.
    const tinyAt = (position: number) => (position < 2 ? 0 : tiny * (-1) ** position);
    const x = random(viewSize(attrs.view), 1).map((v, i) =>
      channelOf(i) === 3 ? tinyAt(positionOf(i)) : v,
    );
    return (['plain', 'tiles'] as const).map(how =>
      run('FusedNormalize', {x, ...noParams}, attrs, how),
    );
  };

  test('is no reason to leave the fast loops', () => {
    const [expected, found] = runAll(0);
    expectClose(found!['y'], expected!['y'], 2e-6);
  });

  test('is one if the elements are not', () => {
    expect(runAll(1e-30)[1]).toBeNull();
  });
});

test.each([
  ['rows', [2, 4096], [1]],
  ['columns', [4096, 8], [0]],
])('in %s, absolute values that float32 cannot sum', (_, shape, reduced) => {
  const attrs = {view: viewOf(shape, reduced, []), statistic: L1, epsilon: 1e-12, ...forward};
  const x = new Float32Array(viewSize(attrs.view)).fill(1e36);
  const found = run('FusedNormalize', {x, ...noParams}, attrs, 'tiles');
  // Below 2e-38, a float32 of a reciprocal has fewer digits.
  expectClose(found!['y'], new Float32Array(x.length).fill(1 / 4096), 1e-5);
});

/** The roundings of equal values are alike, so in long sums of a few values they do not even out. */
test.each<[string, number[], number[], number[]]>([
  ['rows', [30, 1024], [1], []],
  ['segments', [61, 520], [1], [0]],
  ['columns', [520, 60], [0], []],
])('in %s, sums of integers keep their digits', (_, shape, reduced, params) => {
  const view = viewOf(shape, reduced, params);
  const attrs = {view, statistic: MOMENTS, epsilon: 1e-3, ...forward, withStats: true};
  const {gamma, beta} = inputsOf(view);
  for (let seed = 1; seed <= 20; seed++) {
    const x = random(viewSize(view), seed, 2, 2 + seed / 2).map(Math.round);
    const [expected, found] = (['plain', 'tiles'] as const).map(how =>
      run('FusedNormalize', {x, gamma, beta}, attrs, how)!['stats'].filter((_, i) => i % 4 === 3),
    );
    const errors = expected.map((rstd, group) => Math.abs(found[group] / rstd - 1));
    expect(Math.max(...errors)).toBeLessThan(3e-7);
  }
});

test('squares that float32 cannot hold are left to the plain loops', () => {
  const attrs = {view: viewOf([512, 8], [0], []), statistic: RMS, epsilon: 0, ...forward};
  const x = new Float32Array(512 * 8).fill(1e25);
  expect(run('FusedNormalize', {x, ...noParams}, attrs, 'tiles')).toBeNull();
});

test('more scratch than was reserved is an error', () => {
  const attrs = {view: viewOf([517, 100], [0], [1]), statistic: MOMENTS, epsilon: 0, ...forward};
  const {x, gamma, beta} = inputsOf(attrs.view);
  const arrays = {x, gamma, beta, y: new Float32Array(x.length)};
  const call = planCall(loops, 'FusedNormalize', attrs, Object.keys(arrays), true)!;
  const address = loops.reserve(call.bytes)!;
  const less = {...call, bytes: call.bytes - 64};
  expect(() => runInTiles(loops, less, attrs, arrays, address)).toThrow(WebAssembly.RuntimeError);
});
