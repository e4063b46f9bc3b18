/**
 * How a view lies in a packed texture of tfjs: each texel holds a block of 2 x 2 elements of the
 * view's last two axes, the lanes `(r, c), (r, c + 1), (r + 1, c), (r + 1, c + 1)`. Where a block
 * reaches beyond an odd edge, its lanes may hold anything.
 *
 * Programs are made of the view's roles alone. The sizes are uniforms, `sizes[i]`, so that a new
 * shape is not a new program.
 */
import {type TensorInfo, util} from '@tensorflow/tfjs-core';
import type {MathBackendWebGL} from '@tensorflow/tfjs-backend-webgl';
import type {Inputs} from '../../register.js';
import {type NormView, type ParamName, varies, type ViewAxis} from '../../../view.js';

/** A view of at least two axes: the rows and the columns of the texels are the last ones. */
export const texelView = (view: NormView): NormView =>
  view.length > 1 ? view : [{size: 1, reduced: false, param: false}, ...view];

/** The shape that tfjs is told: batch, rows, columns. */
export function texelShape(view: NormView): [number, number, number] {
  const [columns, rows, ...others] = view.map(axis => axis.size).reverse();
  return [others.reduce((a, b) => a * b, 1), rows, columns];
}

/** Inputs with a value for each element, in the shape that tfjs is told. */
export const texelInputs = (view: NormView, inputs: Inputs): Inputs =>
  withShapes(inputs, () => texelShape(view));

/**
 * Inputs with a number for each parameter or group: in the shape that their texture is packed by, if it is there, since
 * another one may be a launch; else as a row, two numbers a texel.
 */
export const numberInputs = (backend: MathBackendWebGL, inputs: Inputs): Inputs =>
  withShapes(inputs, ({dataId, shape}) => {
    const {texture, isPacked, shape: packed} = backend.texData.get(dataId);
    const [columns, rows = 1] = [...(texture != null && isPacked ? packed : [])].reverse();
    const size = util.sizeFromShape(shape);
    return columns == null ? [1, 1, size] : [size / (rows * columns), rows, columns];
  });

/** GLSL: `float nameNumber(int index)` of an input of `numberInputs`; and the uniforms that it needs. */
export function declareNumber(name: string, [batch, rows, columns]: number[]) {
  const head = `float ${name}Number(int index)`;
  const isRow = rows === 1 && (batch === 1 || columns % 2 === 0);
  if (isRow) return {code: `${head} { return numberAt(${name}Texture, index); }`, uniforms: {}};
  return {
    code: `${head} {
      int rows = ${name}Size[0]; int columns = ${name}Size[1];
      int row = index / columns % rows; int column = index % columns;
      int texel = (index / columns / rows * ((rows + 1) / 2) + row / 2) * ((columns + 1) / 2) + column / 2;
      vec4 v = fetch(${name}Texture, texel);
      return row % 2 == 0 ? (column % 2 == 0 ? v.x : v.y) : (column % 2 == 0 ? v.z : v.w);
    }`,
    uniforms: {[`${name}Size`]: {type: 'int' as const, values: [rows, columns]}},
  };
}

const withShapes = (inputs: Inputs, shapeOf: (input: TensorInfo) => number[]): Inputs =>
  Object.fromEntries(
    Object.entries(inputs).map(([name, input]) => [name, {...input, shape: shapeOf(input)}]),
  );

/** The index of `view`'s axis of rows; the next one has the columns. */
export const rowsOf = (view: NormView): number => view.length - 2;

/** Picks some of the axes of a view. */
export type Picks = (axis: ViewAxis) => boolean;

/** The axes along which a reduction has outputs, and those that it sums over. */
export type Reduction = {readonly kept: Picks; readonly summed: Picks};

export const PER_GROUP: Reduction = {kept: axis => !axis.reduced, summed: axis => axis.reduced};
export const PER_PARAM: Reduction = {kept: axis => axis.param, summed: axis => !axis.param};

/** GLSL: the coordinates `c0`, `c1`, ... of the picked axes, out of the flat index `flat`. */
export function decode(view: NormView, picks: Picks, flat: string, inBlocks: boolean): string {
  const axes = view.flatMap((axis, i) => (picks(axis) ? [i] : []));
  // A block is two rows high and two columns wide.
  const isBlock = (i: number) => inBlocks && i >= rowsOf(view);
  const lines = [`int rest_ = ${flat};`];
  axes.reverse().forEach((i, n) => {
    const size = isBlock(i) ? `((sizes[${i}] + 1) / 2)` : `sizes[${i}]`;
    // The first axis takes what is left.
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

/** GLSL: which lanes are within the view, and at the coordinates of the kept axes. */
export function lanesOf(view: NormView, kept: Picks): string {
  const [rows, columns] = [rowsOf(view), rowsOf(view) + 1].map(i =>
    kept(view[i]) ? [`c${i} % 2 == 0`, `c${i} % 2 == 1`] : [`true`, `c${i} + 1 < sizes[${i}]`],
  );
  return `bvec4(${rows.flatMap(row => columns.map(column => `${row} && ${column}`)).join(', ')})`;
}

/** GLSL: declares parameters, each under its name. */
export const paramLanes = (view: NormView, names: string[]): string =>
  names.map(name => numberLanes(view, axis => varies(axis, name as ParamName), [name])).join('\n');

/** GLSL: declares numbers that vary along the picked axes, each under its name. */
export const numberLanes = (view: NormView, picks: Picks, names: string[]): string =>
  names
    .map(name =>
      gather(view, picks, 'float', name, at => `${name}Number(${at})`, {
        [name]: number => number,
      }),
    )
    .join('\n');

/** GLSL expressions of parts of a texel. */
type Fields = Record<string, (texel: string) => string>;

/** The fields of a group's texel of statistics. */
export const STATS: Fields = {
  mean: s => `${s}.x`,
  rest: s => `${s}.y`,
  rstd: s => `${s}.w`,
};

/** GLSL: declares fields of the groups' texels, each under its name. */
export const texelLanes = (view: NormView, name: string, fields: Fields): string =>
  gather(view, PER_GROUP.kept, 'vec4', name, at => `fetch(${name}Texture, ${at})`, fields);

/**
 * GLSL that reads what the lanes of a texel need, at indices that count the picked axes, and
 * declares fields of it: vec4s, or floats where all lanes have the same.
 */
function gather(
  view: NormView,
  picks: Picks,
  type: 'float' | 'vec4',
  name: string,
  read: (index: string) => string,
  fields: Fields,
): string {
  const moving = [rowsOf(view), rowsOf(view) + 1].filter(i => picks(view[i]));
  // From the texel's first lane on, whichever lane the coordinates are at.
  const back = moving.map(i => ` - (c${i} % 2) * ${stepOf(view, picks, i)}`).join('');
  const offsets = moving
    .map(i => stepOf(view, picks, i))
    .reduce((all, step) => all.flatMap(offset => [offset, `${offset} + ${step}`]), ['']);
  const reads = offsets.map(
    (offset, n) => `${type} ${name}_${n} = ${read(flatIndex(view, picks) + back + offset)};`,
  );
  // Says which of these reads each lane has.
  const lanes = [[0], moving[0] === rowsOf(view) ? [0, 0, 1, 1] : [0, 1, 0, 1], [0, 1, 2, 3]][
    moving.length
  ];
  const declarations = Object.entries(fields).map(([field, of]) => {
    const values = lanes.map(n => of(`${name}_${n}`)).join(', ');
    return lanes.length === 1 ? `float ${field} = ${values};` : `vec4 ${field} = vec4(${values});`;
  });
  return [...reads, ...declarations].join('\n');
}

/** GLSL: the sum of coordinate times step over the picked axes. */
export function flatIndex(view: NormView, picks: (axis: ViewAxis, i: number) => boolean): string {
  const terms = view.flatMap((axis, i) =>
    picks(axis, i) ? [`c${i} * ${stepOf(view, picks, i)}`] : [],
  );
  return terms.length > 0 ? terms.join(' + ') : '0';
}

function stepOf(view: NormView, picks: (axis: ViewAxis, i: number) => boolean, of: number): string {
  const later = view.flatMap((axis, i) => (i > of && picks(axis, i) ? [`sizes[${i}]`] : []));
  return later.length > 0 ? `(${later.join(' * ')})` : '1';
}
