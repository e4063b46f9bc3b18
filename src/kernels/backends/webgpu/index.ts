/** From flat numbers to where an element, its group and its parameter stand in the arrays. */
import type {NormView} from '../../../view.js';

/** For each axis of a view, whether a reduction runs along it (`r`) or it is one of outputs (`o`). */
export type Pattern = ReadonlyArray<'o' | 'r'>;

/** Along all axes. */
export const everywhere = (view: NormView): Pattern => view.map(() => 'r');

/**
 * `fn name(index) -> vec3<i32>`: the element, the group and the parameter at the `index`-th of all
 * combinations of coordinates along some axes. Those along other axes add to it.
 */
export function indexFunction(name: string, pattern: Pattern, role: 'o' | 'r'): string {
  const axes = pattern.flatMap((axis, i) => (axis === role ? [`uniforms.axis${i}`] : []));
  const steps = axes.reverse().map((axis, i) =>
    // The outermost one takes what is left.
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

const INDEX: Record<string, 'x' | 'y' | 'z'> = {
  ...{x: 'x', dy: 'x', parts: 'x', partSums: 'x'},
  ...{stats: 'y', dstats: 'y', groupSums: 'y'},
  ...{gamma: 'z', beta: 'z', dgamma: 'z', dbeta: 'z', mean: 'z', variance: 'z'},
};

/** What the four floats of an element are called. */
const FLOATS: Record<string, string> = {
  stats: 'let mean = stats.x; let rest = stats.y; let spread = stats.z; let rstd = stats.w;',
};

/** Reads the arrays' elements at `at`; each is called what its array is. */
export const read = (arrays: readonly string[], at = 'at'): string =>
  arrays
    .map(array => `let ${array} = ${array}[${at}.${INDEX[array]}]; ${FLOATS[array] ?? ''}`)
    .join('\n      ');
