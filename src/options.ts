/** The names of the options that ops and layers have, and what is said of others. */
import {Tensor} from '@tensorflow/tfjs-core';
import {check} from './check.js';
import {show} from './show.js';

/** The names of all options of a `Config`. TypeScript checks that none is missing. */
export type Options<Config> = {readonly [Name in keyof Required<Config>]: true};

/** Names with `true` for an option, and for what is none `false`, or what to do instead. */
export type Names = Readonly<Record<string, boolean | string>>;

/** Whether the value can be options, and not an argument that stands in their place. */
export const isOptions = (value: unknown): value is object =>
  typeof value === 'object' &&
  value != null &&
  !(value instanceof Tensor) &&
  // Arrays, promises, symbolic tensors and layers.
  ![Symbol.iterator, 'then', 'sourceLayer', 'call'].some(key => key in value);

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
  const wrong = args.findIndex(
    (arg, i) => i >= at && arg !== undefined && !(i === at && isOptions(arg)),
  );
  const call = () => `${name}(${params.join(', ')}, {${Object.keys(options).join(', ')}})`;
  check(
    wrong < 0,
    name,
    () => `must be called as ${call()}, but its argument ${wrong + 1} is ${show(args[wrong])}.`,
  );
  checkOptions(name, args[at] ?? {}, options as Names);
}

/** Checks that all options that are given are known ones. */
export function checkOptions(op: string, given: object, names: Names): void {
  for (const [name, value] of Object.entries(given)) {
    if (names[name] === true) continue;
    const instead = names[name];
    check(
      typeof instead !== 'string',
      op,
      () => `${name} is not supported, but is ${show(value)}; ${instead as string}.`,
    );
    check(false, op, () => `${name} is not an option; ${advice(name, optionsIn(names))}`);
  }
}

/** Those of the names that are options. */
export const optionsIn = (names: Names): string[] =>
  Object.keys(names).filter(name => names[name] === true);

function advice(name: string, options: string[]): string {
  const near = nearest(name, options);
  return near == null ? `the options are ${options.join(', ')}.` : `did you mean ${near}?`;
}

/** The known name that was most likely meant, if one is near. */
function nearest(given: string, names: string[]): string | null {
  const distances = names.map(name => nameDistance(plain(given), plain(name)));
  const least = Math.min(...distances);
  return least <= 1 + given.length / 4 ? names[distances.indexOf(least)] : null;
}

/** In one case and without underscores: `beta_initializer` is `betaInitializer`. */
const plain = (name: string): string => name.replaceAll('_', '').toLowerCase();

/** A name that begins or ends another one is near to it: `eps` to `epsilon`, `numGroups` to `groups`. */
const nameDistance = (given: string, name: string): number =>
  given !== name && (name.startsWith(given) || given.endsWith(name))
    ? 1
    : editDistance(given, name);

/** How many letters must be put in, left out or changed (Levenshtein). */
function editDistance(a: string, b: string): number {
  let row = [...Array(b.length + 1).keys()];
  for (let i = 1; i <= a.length; i++) {
    const next = [i];
    for (let j = 1; j <= b.length; j++) {
      const change = row[j - 1] + (a[i - 1] === b[j - 1] ? 0 : 1);
      next.push(Math.min(change, row[j] + 1, next[j - 1] + 1));
    }
    row = next;
  }
  return row[b.length];
}
