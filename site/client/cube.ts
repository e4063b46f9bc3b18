/** The cube of batch, channels and positions, with the cells marked that belong to the nearest one. */
import {groupCount, groupSize, indexTable, type NormView, withSteps} from '../../src/view.js';

/** At most so many cells of an axis are drawn. */
const MOST = 8;
const CELL = 22;

/** Where the channels are, and how many examples, channels and positions there are. */
export type Layout = {batch: number; channels: number; positions: number; channelsFirst: boolean};
export type Cell = {n: number; c: number; p: number};
/** The names of the three axes. */
export type Labels = {batch: string; channels: string; positions: string};
/** The cells that belong together, and the same as a sentence. */
export type Grouping = {isWith: (cell: Cell, nearest: Cell) => boolean; told: string};

const LABELS: Labels = {batch: 'batch', channels: 'channels', positions: 'positions'};

export function layoutOf(shape: readonly number[], axis: number): Layout {
  const size = shape.reduce((product, s) => product * s, 1);
  const [batch, channels] = [shape[0], shape[axis]];
  const positions = size / batch / channels;
  return {batch, channels, positions, channelsFirst: axis === 1 && shape.length > 2};
}

export const indexOf = (l: Layout, {n, c, p}: Cell): number =>
  l.channelsFirst ? (n * l.channels + c) * l.positions + p : (n * l.positions + p) * l.channels + c;

/** The groups of a view, whose elements share their statistics. */
export function groupsOf(view: NormView, layout: Layout): Grouping {
  const groups = indexTable(withSteps(view), 'groupStep');
  return {
    isWith: (cell, nearest) => groups[indexOf(layout, cell)] === groups[indexOf(layout, nearest)],
    told: `${groupCount(view)} groups of ${groupSize(view)} elements; the nearest group is marked.`,
  };
}

/** An SVG; the cells that belong to the nearest one are marked. A small picture has no labels: null. */
export function cube(
  {isWith, told}: Grouping,
  layout: Layout,
  labels: Labels | null = LABELS,
): string {
  const [N, C, P] = [layout.batch, layout.channels, layout.positions].map(s => Math.min(s, MOST));
  const nearest = {n: N - 1, c: C - 1, p: P - 1};
  const at = (c: number, n: number, p: number) =>
    `${((c - n) * 0.866 * CELL).toFixed(1)},${((c + n) * 0.5 * CELL - p * CELL).toFixed(1)}`;
  const cell = (n: number, c: number, p: number, side: string, points: string[]) => {
    const kind = isWith({n, c, p}, nearest) ? ' in' : '';
    return `<polygon class="cell ${side}${kind}" points="${points.join(' ')}"/>`;
  };
  const cells: string[] = [];
  for (let n = 0; n < N; n++) {
    for (let c = 0; c < C; c++) {
      const corners = [at(c, n, P), at(c + 1, n, P), at(c + 1, n + 1, P), at(c, n + 1, P)];
      cells.push(cell(n, c, P - 1, 'top', corners));
    }
  }
  for (let p = 0; p < P; p++) {
    for (let c = 0; c < C; c++) {
      const corners = [at(c, N, p), at(c + 1, N, p), at(c + 1, N, p + 1), at(c, N, p + 1)];
      cells.push(cell(N - 1, c, p, 'left', corners));
    }
    for (let n = 0; n < N; n++) {
      const corners = [at(C, n, p), at(C, n + 1, p), at(C, n + 1, p + 1), at(C, n, p + 1)];
      cells.push(cell(n, C - 1, p, 'right', corners));
    }
  }
  // The labels stay readable where many cells make the picture small.
  const size = Math.round(4.2 * Math.sqrt(N + C + P));
  const text = (x: number, y: number, label: string, anchor: string) =>
    `<text x="${x.toFixed(1)}" y="${y.toFixed(1)}" font-size="${size}" text-anchor="${anchor}">${label}</text>`;
  const [near, far] = [(C / 2 - N) * 0.866 * CELL - 6, C * 0.866 * CELL + 6];
  const marks = labels && [
    text(near, (C / 2 + N) * 0.5 * CELL + size, labels.channels, 'end'),
    text((C - N / 2) * 0.866 * CELL + 6, (C + N / 2) * 0.5 * CELL + size, labels.batch, 'start'),
    text(far, C * 0.5 * CELL - (P * CELL) / 2 - 4, labels.positions, 'start'),
  ];
  const wide = (label = '') => label.length * size * 0.58;
  const left = Math.min(-N * 0.866 * CELL, near - wide(labels?.channels)) - 4;
  const right = far + wide(labels?.positions);
  const [top, bottom] = [-P * CELL - 4, (C + N) * 0.5 * CELL + (labels ? size : 4)];
  const {batch, channels, positions} = labels ?? LABELS;
  const name =
    `Cube of ${layout.batch} (${batch}), ${layout.channels} (${channels}) and ` +
    `${layout.positions} (${positions}): ${told}`;
  const box = [left, top, right - left, bottom - top].map(v => v.toFixed(0)).join(' ');
  return `<svg class="cube" role="img" aria-label="${name}" viewBox="${box}">${cells.join('')}${marks?.join('') ?? ''}</svg>`;
}
