import {type NormView, type ViewAxis, viewSize} from '../../../view.js';
import {indexFunction, type Pattern} from './index.js';
import {type Launch, WORKGROUP} from './program.js';

/**
 * How workgroups reduce: each has some outputs, and for each of these as many lanes, which share
 * its elements.
 */
export type Tile = {
  readonly pattern: Pattern;
  readonly lanes: number;
  /** Which threads are neighbours, as elements in memory should be: lanes, or outputs. */
  readonly neighbours: 'lanes' | 'outputs';
};

export type Reduction = {
  readonly tile: Tile;
  /** How many outputs there are, and how many elements each has. */
  readonly outputs: number;
  readonly length: number;
  /** In how many parts an output's elements come, and how many are in each. */
  readonly parts: number;
  readonly chunk: number;
};

// How many elements one thread alone takes, and how many a warp; 8 columns are the 32 bytes of a
// memory access.
const TINY = 16;
const SHORT = 1024;
const WARP = 32;
const COLUMNS = 8;

// In elements of a lane: what one workgroup reaches, and the least that is worth one of its own.
const REACH = 128;
const LEAST = 32;
const MOST_PARTS = 1024;

/** The reduction of a view along the axes that `isRun` names. */
export function reductionOf(view: NormView, isRun: (axis: ViewAxis) => boolean): Reduction {
  const length = viewSize(view.filter(isRun));
  const last = view[view.length - 1];
  const inColumns = !isRun(last) && last.size >= COLUMNS;
  const tile: Tile = {
    pattern: view.map(axis => (isRun(axis) ? 'r' : 'o')),
    lanes: lanesFor(length, inColumns),
    neighbours: inColumns ? 'outputs' : 'lanes',
  };
  const chunk =
    length <= REACH * tile.lanes
      ? length
      : Math.max(LEAST * tile.lanes, Math.ceil(length / MOST_PARTS));
  const parts = Math.ceil(length / chunk);
  return {tile, outputs: viewSize(view) / length, length, parts, chunk};
}

function lanesFor(length: number, inColumns: boolean): number {
  if (length <= TINY) return 1;
  if (inColumns) return WORKGROUP / COLUMNS;
  return length <= SHORT ? WARP : WORKGROUP;
}

/** The reduction of what the parts of another one give: `[parts, outputs]`. */
export function mergeOf({parts, outputs}: Reduction): {view: NormView; reduction: Reduction} {
  const view = [
    {size: parts, reduced: true, param: false},
    {size: outputs, reduced: false, param: false},
  ];
  return {view, reduction: reductionOf(view, axis => axis.reduced)};
}

/** What a launch of `reduce` needs. */
export function launchOf({
  tile,
  outputs,
  length,
  parts,
  chunk,
}: Reduction): Pick<Launch, 'threads' | 'sizes'> {
  const tiles = Math.ceil((outputs * tile.lanes) / WORKGROUP);
  return {threads: tiles * parts * WORKGROUP, sizes: {outputs, length, chunk, tiles}};
}

/**
 * Code of a reduction. The body has `output` and `part`; `origin`, to which `runAt(r)` is added for
 * the output's `r`-th element; the part's `start` and `end`, and their difference `count`.
 * `isInside` is false beyond the last output or part: there nothing may be written.
 */
export const reduce = ({pattern, lanes, neighbours}: Tile, body: string): string => `
  const LANES = ${lanes};
  const OUTPUTS = ${WORKGROUP / lanes};
  const STEP = ${neighbours === 'lanes' ? '1' : 'OUTPUTS'};
  var<private> thread : i32;
  var<private> lane : i32;

  ${indexFunction('outputAt', pattern, 'o')}
  ${indexFunction('runAt', pattern, 'r')}
  ${lanes > 1 ? OVER_LANES : 'fn overLanes(value : vec2<f32>) -> vec2<f32> { return value; }'}

  fn main(index : i32) {
    let tile = index / ${WORKGROUP};
    thread = index % ${WORKGROUP};
    lane = ${neighbours === 'lanes' ? 'thread % LANES' : 'thread / OUTPUTS'};
    let column = ${neighbours === 'lanes' ? 'thread / LANES' : 'thread % OUTPUTS'};
    let output = (tile % uniforms.tiles) * OUTPUTS + column;
    let part = tile / uniforms.tiles;
    let start = part * uniforms.chunk;
    let end = min(start + uniforms.chunk, uniforms.length);
    let count = f32(end - start);
    let isInside = output < uniforms.outputs && start < end;
    let origin = outputAt(min(output, uniforms.outputs - 1));
    ${body}
  }`;

/**
 * Gives all lanes of an output the sum of their values: 16 lanes add those of the others to their
 * own, and then each adds up these 16. A tree would have a barrier for each halving.
 */
const OVER_LANES = `
  const ADDERS = 16;
  var<workgroup> laneSums : array<vec2<f32>, ${WORKGROUP}>;
  fn overLanes(value : vec2<f32>) -> vec2<f32> {
    laneSums[thread] = value;
    workgroupBarrier();
    if (lane < ADDERS) {
      for (var other = ADDERS; other < LANES; other += ADDERS) {
        laneSums[thread] += laneSums[thread + other * STEP];
      }
    }
    workgroupBarrier();
    let first = thread - lane * STEP;
    var sum = laneSums[first];
    for (var other = 1; other < ADDERS; other++) { sum += laneSums[first + other * STEP]; }
    workgroupBarrier();
    return sum;
  }`;

/** A lane's way over the elements of its part. */
export const overRun = (body: string): string => `
    for (var r = start + lane; r < end; r += LANES) {
      let at = origin + runAt(r);
      ${body}
    }`;
