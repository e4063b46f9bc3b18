/** Reductions: how they are laid out in workgroups, split into parts and merged. */
import {type NormView, type ViewAxis, viewSize} from '../../../view.js';
import {indexFunction, type Pattern} from './indexing.js';
import {type Launch, WORKGROUP} from './program.js';

/** How a workgroup reduces: it has some outputs, with `lanes` threads each that share its elements. */
export type Tile = {
  readonly pattern: Pattern;
  readonly lanes: number;
  /** Says whose threads are neighbours: those that read neighbouring elements should be. */
  readonly neighbours: 'lanes' | 'outputs';
};

export type Reduction = {
  readonly tile: Tile;
  /** How many outputs there are, and how many elements each has. */
  readonly outputs: number;
  readonly length: number;
  /** How many parts an output's elements are split into, and how many elements each has. */
  readonly parts: number;
  readonly chunk: number;
};

// One thread alone takes up to TINY elements; of a row, FEW threads up to SHORT, a warp up to MEDIUM. FEW elements, and
// so many columns, are the 32 bytes of a memory access.
const TINY = 16;
const SHORT = 128;
const MEDIUM = 1024;
const FEW = 8;
const WARP = 32;
const COLUMNS = 8;

// How many elements a lane takes where one workgroup does all, and at least in each of many parts.
const REACH = 128;
const LEAST = 32;
const MOST_PARTS = 1024;

/** The reduction of a view along the axes that `isRun` picks. */
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
  if (length <= SHORT) return FEW;
  return length <= MEDIUM ? WARP : WORKGROUP;
}

/** The reduction that merges the parts of another one, which are `[parts, outputs]`. */
export function mergeOf({parts, outputs}: Reduction): {view: NormView; reduction: Reduction} {
  const view = [
    {size: parts, reduced: true, param: false},
    {size: outputs, reduced: false, param: false},
  ];
  return {view, reduction: reductionOf(view, axis => axis.reduced)};
}

/** The threads and the uniforms of a program that is made by `reduce`. */
export function launchOf({
  tile,
  outputs,
  length,
  parts,
  chunk,
}: Reduction): Required<Pick<Launch, 'threads' | 'sizes'>> {
  const tiles = Math.ceil((outputs * tile.lanes) / WORKGROUP);
  return {threads: tiles * parts * WORKGROUP, sizes: {outputs, length, chunk, tiles}};
}

/**
 * WGSL of a reduction. The body finds `output` and `part`; `origin`, which plus `runAt(r)` is where
 * the output's `r`-th element stands; the part's `start` and `end`, and their difference `count`.
 * It may write only where `isInside` is true, which it is not beyond the last output or part.
 */
export const reduce = ({pattern, lanes, neighbours}: Tile, body: string): string => `
  const LANES = ${lanes};
  const OUTPUTS = ${WORKGROUP / lanes};
  const STEP = ${neighbours === 'lanes' ? '1' : 'OUTPUTS'};
  var<private> thread : i32;
  var<private> lane : i32;

  ${indexFunction('outputAt', pattern, 'o')}
  ${indexFunction('runAt', pattern, 'r')}
  ${overLanes(lanes)}

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

const ADDERS = 16;

const ADD_OTHERS = `
    if (lane < ${ADDERS}) {
      for (var other = ${ADDERS}; other < LANES; other += ${ADDERS}) {
        laneSums[thread] += laneSums[thread + other * STEP];
      }
    }
    workgroupBarrier();`;

/**
 * WGSL that gives all lanes of an output the sum of their values: of many lanes, 16 add the values of the others to
 * their own, and then every lane adds up these 16. A tree would have a barrier for each halving.
 */
const overLanes = (lanes: number): string =>
  lanes === 1
    ? 'fn overLanes(value : vec2<f32>) -> vec2<f32> { return value; }'
    : `
  var<workgroup> laneSums : array<vec2<f32>, ${WORKGROUP}>;
  fn overLanes(value : vec2<f32>) -> vec2<f32> {
    laneSums[thread] = value;
    workgroupBarrier();
    ${lanes > ADDERS ? ADD_OTHERS : ''}
    let first = thread - lane * STEP;
    var sum = laneSums[first];
    for (var other = 1; other < ${Math.min(lanes, ADDERS)}; other++) { sum += laneSums[first + other * STEP]; }
    workgroupBarrier();
    return sum;
  }`;

/** WGSL of a loop over a lane's elements of its part. */
export const overRun = (body: string): string => `
    for (var r = start + lane; r < end; r += LANES) {
      let at = origin + runAt(r);
      ${body}
    }`;
