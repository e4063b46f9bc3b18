/** Where an element, its group and its parameter stand in the arrays. */
import {type NormView, type ParamName, varies} from '../../../view.js';

/** For each axis of a view, whether a program runs along it (`r`) or has outputs along it (`o`). */
export type Pattern = ReadonlyArray<'o' | 'r'>;

/** The pattern of a program that runs along all axes. */
export const everywhere = (view: NormView): Pattern => view.map(() => 'r');

/**
 * `fn name(index) -> vec3<i32>`: the element, the group and the parameter at the `index`-th of all
 * combinations of coordinates along the axes of a role. The share of other axes is added to it.
 */
export function indexFunction(name: string, pattern: Pattern, role: 'o' | 'r'): string {
  const axes = pattern.flatMap((axis, i) => (axis === role ? [`uniforms.axis${i}`] : []));
  const steps = axes.reverse().map((axis, i) =>
    // The outermost axis takes what is left.
    i === axes.length - 1
      ? `at += rest * ${axis}.yzw;`
      : `at += (rest % ${axis}.x) * ${axis}.yzw; rest /= ${axis}.x;`,
  );
  return `
  fn ${name}(index : i32) -> vec3<i32> {
    var rest = index;
    var at = vec3<i32>(0);
    ${steps.join('\n    ')}
    return at;
  }`;
}

type ArrayLayout = {
  /** The one of the three indices that counts its items. */
  readonly index: 'x' | 'y' | 'z';
  /** How many floats an item has. */
  readonly components: 1 | 2 | 4;
};

const perElement = {index: 'x', components: 1} as const;
const perGroup = {index: 'y', components: 1} as const;
const perParam = {index: 'z', components: 1} as const;

/** The arrays that programs read, by their names. */
export const LAYOUTS: Record<string, ArrayLayout> = {
  ...{x: perElement, dy: perElement, residual: perElement, sum: perElement, dsum: perElement},
  ...{parts: {index: 'x', components: 4}, partSum: perElement},
  ...{partSums: {index: 'x', components: 2}},
  ...{stats: {index: 'y', components: 4}, groupSums: {index: 'y', components: 2}},
  ...{dmean: perGroup, dspread: perGroup, moving: perGroup},
  ...{gamma: perParam, beta: perParam, gate: perParam, mean: perParam, variance: perParam},
  ...{dgamma: perParam, dbeta: perParam, scale: perParam, offset: perParam},
};

/** WGSL that declares each array's item at `at` under the array's name, and the statistics' fields. */
export const read = (arrays: readonly string[], at = 'at'): string =>
  arrays
    .map(array => {
      const {index, components} = LAYOUTS[array];
      const item = `${array}[${index === 'z' ? `${array}At(${at})` : `${at}.${index}`}]`;
      const declared = `let ${array} = ${components === 1 ? asFloat(item) : item};`;
      return array === 'stats' ? `${declared} ${FIELDS_OF_STATS}` : declared;
    })
    .join('\n      ');

/**
 * The axes along which a parameter varies; null where they are all those of the view's parameters, whose index is
 * that of `LAYOUTS`.
 */
export const ownAxes = (view: NormView, name: string): number[] | null =>
  view.some(axis => axis.param && !varies(axis, name as ParamName))
    ? view.flatMap((axis, i) => (varies(axis, name as ParamName) ? [i] : []))
    : null;

/** `fn nameAt(at) -> i32`: where a parameter's value is for the element `at`. */
export function paramIndex(name: string, axes: number[] | null): string {
  const steps = (axes ?? []).map((axis, n) => {
    const later = axes!.slice(n + 1).map(i => ` * uniforms.axis${i}.x`);
    return `at.x / uniforms.axis${axis}.y % uniforms.axis${axis}.x${later.join('')}`;
  });
  const index = axes == null ? 'at.z' : ['0', ...steps].join(' + ');
  return `fn ${name}At(at : vec3<i32>) -> i32 { return ${index}; }`;
}

/** WGSL: a number of an input. tfjs casts integers to floats in name only: their buffer keeps its type. */
export const asFloat = (item: string): string => `f32(${item})`;

const FIELDS_OF_STATS =
  'let mean = stats.x; let rest = stats.y; let spread = stats.z; let rstd = stats.w;';
