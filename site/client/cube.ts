/** The cube of batch, channels and positions, coloured by the groups of a norm's view. */
import {groupCount, groupSize, indexTable, type NormView, withSteps} from '../../src/view.js';

/** At most so many cells of an axis are drawn. */
const MOST = 8;
const CELL = 22;

/** Where the channels are, and how many examples, channels and positions there are. */
export type Layout = {batch: number; channels: number; positions: number; channelsFirst: boolean};

export function layoutOf(shape: readonly number[], axis: number): Layout {
  const size = shape.reduce((product, s) => product * s, 1);
  const [batch, channels] = [shape[0], shape[axis]];
  const positions = size / batch / channels;
  return {batch, channels, positions, channelsFirst: axis === 1 && shape.length > 2};
}

const indexOf = (l: Layout, n: number, c: number, p: number): number =>
  l.channelsFirst ? (n * l.channels + c) * l.positions + p : (n * l.positions + p) * l.channels + c;

/** An SVG; the group of the nearest element is marked. */
export function cube(view: NormView, layout: Layout): string {
  const groups = indexTable(withSteps(view), 'groupStep');
  const [N, C, P] = [layout.batch, layout.channels, layout.positions].map(s => Math.min(s, MOST));
  const marked = groups[indexOf(layout, N - 1, C - 1, P - 1)];
  const at = (c: number, n: number, p: number) =>
    `${((c - n) * 0.866 * CELL).toFixed(1)},${((c + n) * 0.5 * CELL - p * CELL).toFixed(1)}`;
  const cell = (n: number, c: number, p: number, side: string, points: string[]) => {
    const kind = groups[indexOf(layout, n, c, p)] === marked ? ' in' : '';
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
  const [left, right] = [-N * 0.866 * CELL - 34, C * 0.866 * CELL + 34];
  const [top, bottom] = [-P * CELL - 10, (C + N) * 0.5 * CELL + 24];
  const text = (x: number, y: number, label: string, anchor: string) =>
    `<text x="${x.toFixed(1)}" y="${y.toFixed(1)}" text-anchor="${anchor}">${label}</text>`;
  const labels = [
    text((C / 2 - N) * 0.866 * CELL - 6, (C / 2 + N) * 0.5 * CELL + 16, 'channels', 'end'),
    text((C - N / 2) * 0.866 * CELL + 6, (C + N / 2) * 0.5 * CELL + 16, 'batch', 'start'),
    text(C * 0.866 * CELL + 6, C * 0.5 * CELL - (P * CELL) / 2 - 8, 'positions', 'start'),
  ];
  const told =
    `Cube of ${layout.batch} examples, ${layout.channels} channels and ${layout.positions} positions: ` +
    `${groupCount(view)} groups of ${groupSize(view)} elements; the nearest group is marked.`;
  const box = [left - 20, top, right - left + 70, bottom - top].map(v => v.toFixed(0)).join(' ');
  return `<svg class="cube" role="img" aria-label="${told}" viewBox="${box}">${cells.join('')}${labels.join('')}</svg>`;
}
