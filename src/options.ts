/** The names of the options that ops and layers have, and what is said of others. */
import {Tensor} from '@tensorflow/tfjs-core';
import {check} from './check.js';
import {isSymbolic, show} from './show.js';

/** The names of all options of a `Config`. TypeScript checks that none is missing. */
export type Options<Config> = {readonly [Name in keyof Required<Config>]: true};

/** Names with `true` for an option, and for what is none `false`, or what to do instead. */
export type Names = Readonly<Record<string, boolean | string>>;

/** Whether the value can be options, and not an argument that stands in their place. */
export const isOptions = (value: unknown): value is object =>
  typeof value === 'object' &&
  value != null &&
  !(value instanceof Tensor) &&
  !isSymbolic(value) &&
  // Arrays, promises and layers.
  !(Symbol.iterator in value || 'then' in value || 'call' in value);

/**
 * Checks that a function was called as `name(x, {option})`: what is given in another way, or by a name
 * that is no option, would not take part.
 *
 * @param params The names of the arguments before the options.
 */
export function checkArguments(
  name: string,
  args: readonly unknown[],
  params: readonly string[],
  options: object,
): void {
  const at = params.length;
  for (let i = at; i < args.length; i++) {
    const arg = args[i];
    if (arg === undefined || (i === at && isOptions(arg))) continue;
    const call = `${name}(${[...params, `{${Object.keys(options).join(', ')}}`].join(', ')})`;
    check(
      false,
      name,
      () => `must be called as ${call}, but its argument ${i + 1} is ${show(arg)}.`,
    );
  }
  const given = args[at];
  if (given != null) checkOptions(name, given, options as Names);
}

/** Checks that all options that are given are known ones. */
export function checkOptions(op: string, given: object, names: Names): void {
  for (const name of Object.keys(given)) {
    const known = names[name];
    if (known === true) continue;
    check(false, op, () =>
      typeof known === 'string'
        ? `${name} is not supported, but is ${show((given as Record<string, unknown>)[name])}; ${known}.`
        : `${name} is not an option; ${advice(name, optionsIn(names))}`,
    );
  }
}

/** The names that are options. */
export const optionsIn = (names: Names): string[] =>
  Object.keys(names).filter(name => names[name] === true);

/** The option that was most likely meant, or all of them if none is near. */
function advice(given: string, options: string[]): string {
  const distances = options.map(option => distance(plain(given), plain(option)));
  const least = Math.min(...distances);
  return least <= 1 + given.length / 4
    ? `did you mean ${options[distances.indexOf(least)]}?`
    : `the options are ${options.join(', ')}.`;
}

/** In one case and without underscores: `beta_initializer` is `betaInitializer`. */
const plain = (name: string): string => name.replaceAll('_', '').toLowerCase();

/**
 * How many letters must be put in, left out or changed (Levenshtein); 1 for names of which one begins
 * or ends the other: `eps` is near to `epsilon`, and `numGroups` to `groups`.
 */
function distance(given: string, name: string): number {
  if (given !== name && (name.startsWith(given) || given.endsWith(name))) return 1;
  let row = [...Array(name.length + 1).keys()];
  for (let i = 0; i < given.length; i++) {
    const next = [i + 1];
    for (let j = 0; j < name.length; j++) {
      const change = row[j] + (given[i] === name[j] ? 0 : 1);
      next.push(Math.min(change, row[j + 1] + 1, next[j] + 1));
    }
    row = next;
  }
  return row[name.length];
}
