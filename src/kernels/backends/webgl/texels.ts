/**
 * How a view lies in a packed texture of tfjs: each texel holds a block of 2 x 2 elements of the
 * view's last two axes, the lanes `(r, c), (r, c + 1), (r + 1, c), (r + 1, c + 1)`. Blocks at odd
 * edges are padded, with anything.
 *
 * Programs are made of the view's roles alone. The sizes are uniforms, `sizes[i]`, so that a new
 * shape is not a new program.
 */
import type {NormView, ViewAxis} from '../../../view.js';

/** A view of at least two axes: the rows and the columns of the texels are the last ones. */
export const texelView = (view: NormView): NormView =>
  view.length > 1 ? view : [{size: 1, reduced: false, param: false}, ...view];

/** The shape that tfjs is told: batch, rows, columns. */
export function texelShape(view: NormView): [number, number, number] {
  const [columns, rows, ...others] = view.map(axis => axis.size).reverse();
  return [others.reduce((a, b) => a * b, 1), rows, columns];
}

/** The index of `view`'s axis of rows; the next one has the columns. */
export const rowsOf = (view: NormView): number => view.length - 2;

export type Plays = (axis: ViewAxis) => boolean;

const REDUCED: Plays = axis => axis.reduced;
const KEPT: Plays = axis => !axis.reduced;
const PARAM: Plays = axis => axis.param;
const OTHER: Plays = axis => !axis.param;

/** What a reduction keeps, and what it runs over. */
export const PER_GROUP = {kept: KEPT, summed: REDUCED};
export const PER_PARAM = {kept: PARAM, summed: OTHER};
export type Reduction = typeof PER_GROUP;

/** GLSL: the coordinates `c0`, `c1`, ... of the axes that play, out of the flat index `flat`. */
export function decode(view: NormView, plays: Plays, flat: string, inBlocks: boolean): string {
  const axes = view.flatMap((axis, i) => (plays(axis) ? [i] : []));
  // A block is two rows high and two columns wide.
  const isBlock = (i: number) => inBlocks && i >= rowsOf(view);
  const lines = [`int rest_ = ${flat};`];
  axes.reverse().forEach((i, n) => {
    const size = isBlock(i) ? `((sizes[${i}] + 1) / 2)` : `sizes[${i}]`;
    // The first axis has what is left.
    const coordinate = n === axes.length - 1 ? 'rest_' : `rest_ % ${size}`;
    lines.push(`c${i} = ${isBlock(i) ? `2 * (${coordinate})` : coordinate}; rest_ /= ${size};`);
  });
  return `{ ${lines.join(' ')} }`;
}

/** GLSL: declares all coordinates. */
export const declare = (view: NormView): string =>
  `int ${view.map((_, i) => `c${i} = 0`).join(', ')};`;

/** GLSL: the texel that the coordinates lie in. */
export function texelAt(view: NormView): string {
  const r = rowsOf(view);
  const batch = flatIndex(view, (_, i) => i < r);
  return (
    `((${batch}) * ((sizes[${r}] + 1) / 2) + c${r} / 2) * ((sizes[${r + 1}] + 1) / 2)` +
    ` + c${r + 1} / 2`
  );
}

/** GLSL: which lanes are within the view, and at the coordinates of what is kept. */
export function lanesOf(view: NormView, kept: Plays): string {
  const [rows, columns] = [rowsOf(view), rowsOf(view) + 1].map(i =>
    kept(view[i]) ? [`c${i} % 2 == 0`, `c${i} % 2 == 1`] : [`true`, `c${i} + 1 < sizes[${i}]`],
  );
  return `bvec4(${rows.flatMap(row => columns.map(column => `${row} && ${column}`)).join(', ')})`;
}

/** Values that differ between the lanes of a texel only as far as the axes that play do. */
export type Gathered = {
  /** GLSL that reads them. */
  readonly code: string;
  /** A scalar where all lanes have the same. */
  readonly type: 'float' | 'vec4';
  readonly value: (of: (read: string) => string) => string;
};

/** GLSL: what `read(index)` gives for each lane, where the index counts the axes that play. */
export function gather(
  view: NormView,
  plays: Plays,
  readType: 'float' | 'vec4',
  name: string,
  read: (index: string) => string,
): Gathered {
  const moving = [rowsOf(view), rowsOf(view) + 1].filter(i => plays(view[i]));
  // From the texel's first lane on, whichever the coordinates are at.
  const back = moving.map(i => ` - (c${i} % 2) * ${stepOf(view, plays, i)}`).join('');
  const offsets = moving
    .map(i => stepOf(view, plays, i))
    .reduce((all, step) => all.flatMap(offset => [offset, `${offset} + ${step}`]), ['']);
  const code = offsets.map(
    (offset, n) => `${readType} ${name}${n} = ${read(flatIndex(view, plays) + back + offset)};`,
  );
  const lanes = [
    [0, 0, 0, 0],
    moving[0] === rowsOf(view) ? [0, 0, 1, 1] : [0, 1, 0, 1],
    [0, 1, 2, 3],
  ][moving.length];
  return {
    code: code.join('\n'),
    type: moving.length === 0 ? 'float' : 'vec4',
    value: of => {
      const values = lanes.map(n => of(`${name}${n}`));
      return moving.length === 0 ? values[0] : `vec4(${values.join(', ')})`;
    },
  };
}

/** GLSL: the sum of coordinate times step over the axes that play. */
function flatIndex(view: NormView, plays: (axis: ViewAxis, i: number) => boolean): string {
  const terms = view.flatMap((axis, i) =>
    plays(axis, i) ? [`c${i} * ${stepOf(view, plays, i)}`] : [],
  );
  return terms.length > 0 ? terms.join(' + ') : '0';
}

function stepOf(view: NormView, plays: (axis: ViewAxis, i: number) => boolean, of: number): string {
  const later = view.flatMap((axis, i) => (i > of && plays(axis, i) ? [`sizes[${i}]`] : []));
  return later.length > 0 ? `(${later.join(' * ')})` : '1';
}
