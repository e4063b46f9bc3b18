/** How values of ours stand in the place of tfjs's own, and give it back. */

/** Somewhere in tfjs where a value can be replaced: a method, or a kernel of its registry. */
export type Place<T extends object> = {
  /** The value that stands there now. */
  readonly get: () => T | undefined;
  readonly set: (value: T) => void;
};

/** Makes what takes the place of `before`. While it is not held, it must do what `before` does. */
export type Make<T> = (before: T, isHeld: () => boolean) => T;

/** Wants some values of ours in tfjs, which stay until all who want them have let go. */
export type Holder = {
  /** Replaces what tfjs has got since. */
  refresh(): void;
};

type Replacement = {
  readonly holders: Set<Holder>;
  /** Puts the value from before back, unless somebody else has replaced ours meanwhile. */
  readonly takeBack: () => void;
};

const SHARED = Symbol.for('tfjs-normalization.replacements');
const shared = globalThis as {[SHARED]?: WeakMap<object, Replacement>};
/** Global, as tfjs's registries are, so that two copies of this package do not replace each other's. */
const replacements = (shared[SHARED] ??= new WeakMap<object, Replacement>());

/** Who wants this value of ours: nobody, if it is none. */
export const holdersOf = (value: object | undefined): ReadonlySet<Holder> =>
  (value && replacements.get(value)?.holders) ?? new Set();

/**
 * Puts what `make` makes into the place, or keeps what another holder has put there.
 *
 * @returns A function that lets go of it, or null if the place is empty or `holder` holds it already.
 */
export function replace<T extends object>(
  place: Place<T>,
  make: Make<T>,
  holder: Holder,
): (() => void) | null {
  const found = place.get();
  if (found == null) return null;
  const {holders, takeBack} = replacements.get(found) ?? put(place, found, make);
  if (holders.has(holder)) return null;
  holders.add(holder);
  return () => {
    holders.delete(holder);
    if (holders.size === 0) takeBack();
  };
}

function put<T extends object>(place: Place<T>, before: T, make: Make<T>): Replacement {
  const holders = new Set<Holder>();
  const ours = make(before, () => holders.size > 0);
  const takeBack = () => {
    if (place.get() === ours) place.set(before);
  };
  const replacement = {holders, takeBack};
  replacements.set(ours, replacement);
  place.set(ours);
  return replacement;
}
