/** The SIMD kernels on tiles against the plain loops, on views of every family. */
import {NORM_CASES, type NormCase, STATISTICS} from '../norm_cases.js';
import {expectCloseAt} from '../close.js';
import {random} from '../random.js';
import {FAMILIES, type Family, SHORT_ROWS} from './families.js';
import {
  FusedNormalizeGiven,
  FusedNormalizeParamGrad,
  type NormalizeAttrs,
} from '../../src/kernels/contract.js';
import {
  ARRAY_KERNELS,
  type ArrayKernel,
  type Arrays,
} from '../../src/kernels/host/array_kernels.js';
import {loadKernels} from '../../src/kernels/host/kernels.js';
import {planLines, planRows} from '../../src/kernels/host/plan.js';
import {Space} from '../../src/kernels/host/space.js';
import {groupCount, paramCount, viewOf, viewSize} from '../../src/view.js';

const TOLERANCE = 5e-6;

/** By the loops that take them. */
const LARGE: Record<NonNullable<Family>, NormCase[]> = {
  row: [
    {name: 'rows', shape: [31, 300], reduced: [1], params: [1]},
    {name: 'rows longer than a block', shape: [3, 2500], reduced: [1], params: [1]},
    {name: 'rows without parameters', shape: [67, 130], reduced: [1], params: []},
  ],
  column: [
    {name: 'one long row', shape: [20_001], reduced: [0], params: []},
    {name: 'columns', shape: [517, 100], reduced: [0], params: [1]},
    {name: 'one column', shape: [20_011, 1], reduced: [0], params: [1]},
    {name: 'three columns', shape: [7001, 3], reduced: [0], params: [1]},
    {name: 'seven columns', shape: [3001, 7], reduced: [0], params: [1]},
    {name: 'many columns', shape: [19, 2500], reduced: [0], params: [1]},
    {name: 'columns in groups', shape: [5, 83, 8, 6], reduced: [1, 3], params: [2, 3]},
    {name: 'columns of samples', shape: [40, 90, 24], reduced: [1], params: [2]},
    {name: 'a middle axis', shape: [7, 30, 41], reduced: [1], params: []},
    {
      name: 'segments too long for a tile, in parts',
      shape: [2, 4, 30_000],
      reduced: [2],
      params: [1],
    },
    {name: 'segments too long for a tile', shape: [2, 3, 17_003], reduced: [0, 2], params: [1]},
  ],
  segment: [
    {name: 'segments', shape: [9, 12, 77], reduced: [0, 2], params: [1]},
    {name: 'segments in groups', shape: [5, 4, 6, 50], reduced: [2, 3], params: [1, 2]},
    {name: 'segments of samples', shape: [60, 12, 121], reduced: [2], params: [1]},
    {
      name: 'segments in parts of the second axis',
      shape: [2, 7, 12_500],
      reduced: [2],
      params: [1],
    },
    {
      name: 'groups in parts of the second axis',
      shape: [2, 7, 3, 4000],
      reduced: [2, 3],
      params: [1, 2],
    },
    {name: 'parameters along the first axis', shape: [5, 40, 300], reduced: [1, 2], params: [0]},
  ],
};

const memory = new WebAssembly.Memory({initial: 256, maximum: 2 ** 16});
const kernels = loadKernels(memory)!;
const SCRATCH = 2 ** 23;
const pool = random(2 ** 18, 1, 1, 2);

/** A tile of few rows, and one that is larger than most of the inputs. */
const CASES = [
  ...NORM_CASES.map(c => ({...c, tile: 2 ** 17, family: FAMILIES[c.name]})),
  ...Object.entries(LARGE).flatMap(([family, cases]) =>
    cases.map(c => ({...c, tile: 2 ** 12, family})),
  ),
];

test.each(CASES)('$name: $family', ({shape, reduced, params, family}) => {
  const view = viewOf(shape, reduced, params);
  expect(planRows(view) ? 'row' : (planLines(view)?.kind ?? null)).toBe(family);
});

describe.each(STATISTICS)('%s', (_, statistic) => {
  test.each(CASES)('$name', ({family, tile, ...problem}) => {
    const {shape, reduced, params, epsilon = 1e-3} = problem;
    const view = viewOf(shape, reduced, params);
    const attrs = {view, statistic, epsilon};
    const inputs = {
      x: pool.slice(0, viewSize(view)),
      dy: pool.slice(-viewSize(view)),
      gamma: pool.slice(0, paramCount(view)),
      beta: pool.slice(-paramCount(view)),
      stats: new Float32Array(0) as Float32Array,
      dstats: pool.slice(0, 4 * groupCount(view)),
      mean: pool.slice(0, paramCount(view)),
      variance: pool.slice(0, paramCount(view)).map(v => 0.1 + v * v),
    };
    const isGiven = view.every(axis => axis.reduced !== axis.param);
    for (const [name, kernel] of Object.entries(ARRAY_KERNELS)) {
      if (name === FusedNormalizeGiven && !isGiven) continue;
      const expected = kernel.plain(inputs, attrs);
      const isLines = name === FusedNormalizeGiven || name === FusedNormalizeParamGrad;
      const isTaken = family != null && !(isLines && SHORT_ROWS.includes(problem.name));
      expect(kernel.plan(attrs) != null).toBe(isTaken);
      if (isTaken) expectInTiles(tile, kernel, inputs, attrs, expected);
      if (expected.length === 2) inputs.stats = expected[1];
    }
  });
});

function expectInTiles(
  tile: number,
  kernel: ArrayKernel,
  inputs: Arrays,
  attrs: NormalizeAttrs,
  expected: Float32Array[],
): void {
  const plan = kernel.plan(attrs)!;
  const bytes = Math.max(tile, plan.row);
  expect(bytes + plan.scratch).toBeLessThan(2 ** 23);
  const space = new Space(kernels, memory.buffer, SCRATCH, {address: 64, bytes});
  const outputs = expected.map(values => new Float32Array(values.length));
  const names = kernel.outputs(attrs, []).map(([name]) => name);
  const named = Object.fromEntries(names.map((name, i) => [name, outputs[i]]));
  const ids = {dy: inputs['dy'], x: inputs['x'], stats: inputs['stats']};
  expect(plan.run(space, {...inputs, ...named}, ids)).toBe(true);
  expected.forEach((values, i) => {
    const rms = Math.sqrt(values.reduce((sum, v) => sum + v * v, 0) / values.length);
    expectCloseAt(Math.max(1, rms), outputs[i], values, TOLERANCE);
  });
}
