/** Reductions over texels: the parts that they are split into, and their loops in GLSL. */
import type {NormView} from '../../../view.js';
import {float, int} from './program.js';
import {decode, lanesOf, type Reduction, rowsOf, texelAt} from './texels.js';

/**
 * A reduction is split into parts, each of which writes one texel: `parts` of them for each output,
 * over `span` of its `total` texels each. With more than one part a second launch merges them.
 */
export type Parts = {
  readonly outputs: number;
  /** How many elements each output is made of. */
  readonly count: number;
  readonly parts: number;
  readonly span: number;
  readonly total: number;
};

// One invocation may well do this many elements, where it saves a launch.
const LONGEST_ROW = 4096;
const LONGEST_COLUMN = 512;
// Counts up to here are exact in half precision.
const LONGEST_PART = 2048;

export function partsOf(view: NormView, {kept, summed}: Reduction): Parts {
  const sizes = (picks: typeof kept) =>
    view.flatMap((axis, i) => (picks(axis) ? [{size: axis.size, inBlock: i >= rowsOf(view)}] : []));
  const product = (numbers: number[]) => numbers.reduce((a, b) => a * b, 1);
  const outputs = product(sizes(kept).map(({size}) => size));
  const count = product(sizes(summed).map(({size}) => size));
  const texels = sizes(summed).map(({size, inBlock}) => (inBlock ? Math.ceil(size / 2) : size));
  const total = product(texels);
  const longest = summed(view[view.length - 1]) ? LONGEST_ROW : LONGEST_COLUMN;
  if (count <= longest) return {outputs, count, parts: 1, span: total, total};
  // As many texels a part as there are parts. At most four elements are in each.
  const span = Math.min(Math.ceil(Math.sqrt(total)), LONGEST_PART / 4);
  return {outputs, count, parts: Math.ceil(total / span), span, total};
}

export const partUniforms = (view: NormView, {count, parts, span, total}: Parts) => ({
  sizes: int(...view.map(axis => axis.size)),
  parts: int(parts),
  span: int(span),
  total: int(total),
  count: float(count),
});

// Sums of sums: the error grows with the root of the length only.
const BLOCK = 64;

/**
 * Adds up `terms`, each a vec4 over the lanes of the texel `at`, from texel `begin` to `end`, and
 * declares each sum under its name. `read` is GLSL that comes before the terms.
 */
export function sumTexels(
  view: NormView,
  {kept, summed}: Reduction,
  read: string,
  terms: Record<string, string>,
): string {
  return `${sums(terms, 'vec4')} {
    ${loop(
      terms,
      'vec4',
      `${decode(view, summed, 't', true)}
       int at = ${texelAt(view)};
       bvec4 lanes = ${lanesOf(view, kept)};
       ${read}`,
      term => `mix(vec4(0.0), ${term}, lanes)`,
    )}
  }`;
}

/** The same over entries of a texel each, from `begin` to `end`. */
export const sumEntries = (read: string, terms: Record<string, string>): string =>
  `${sums(terms, 'float')} { ${loop(terms, 'float', read, term => term)} }`;

const sums = (terms: Record<string, string>, type: string) =>
  Object.keys(terms)
    .map(name => `${type} ${name} = ${type}(0.0);`)
    .join(' ');

function loop(
  terms: Record<string, string>,
  type: string,
  read: string,
  masked: (term: string) => string,
): string {
  const names = Object.keys(terms);
  return `for (int block = begin; block < end; block += ${BLOCK}) {
    ${names.map(name => `${type} ${name}_ = ${type}(0.0);`).join(' ')}
    for (int t = block; t < min(block + ${BLOCK}, end); t++) {
      ${read}
      ${names.map(name => `${name}_ += ${masked(terms[name])};`).join(' ')}
    }
    ${names.map(name => `${name} += ${name}_;`).join(' ')}
  }`;
}

/** GLSL: the sum of a vec4's lanes. */
export const across = (sum: string): string => `dot(${sum}, vec4(1.0))`;

/** GLSL: the texels of the part `index`, and the parts of the output `index`. */
export const BEGIN_PART = 'int begin = (index % parts) * span; int end = min(begin + span, total);';
export const BEGIN_ENTRIES = 'int begin = index * parts; int end = begin + parts;';
