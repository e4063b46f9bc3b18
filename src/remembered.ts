type Integers = readonly number[];

/** So many results are kept of a function; then it starts anew. */
const MOST = 512;

/**
 * The function, but lists of the same integers give the same object: what depends on shapes alone is made
 * once, and what depends on that object can be found by it. The results must not be changed.
 */
/* @__NO_SIDE_EFFECTS__ */
export function remembered<Result extends object>(
  f: (a: Integers, b: Integers, c: Integers) => Result,
): (a: Integers, b: Integers, c: Integers) => Result {
  type Known = {a: Integers; b: Integers; c: Integers; result: Result};
  const buckets = new Map<number, Known[]>();
  let count = 0;
  return (a, b, c) => {
    const hash = hashOf(c, hashOf(b, hashOf(a, 0)));
    let bucket = buckets.get(hash);
    if (bucket !== undefined) {
      for (const known of bucket) {
        if (isSame(known.a, a) && isSame(known.b, b) && isSame(known.c, c)) return known.result;
      }
    }
    const result = f(a, b, c);
    if (++count > MOST) {
      buckets.clear();
      bucket = undefined;
      count = 1;
    }
    if (bucket === undefined) buckets.set(hash, (bucket = []));
    // The caller may change its lists.
    bucket.push({a: [...a], b: [...b], c: [...c], result});
    return result;
  };
}

function hashOf(list: Integers, seed: number): number {
  let hash = seed;
  for (let i = 0; i < list.length; i++) hash = (Math.imul(hash, 31) + list[i] + 1) | 0;
  return (Math.imul(hash, 31) + list.length) | 0;
}

function isSame(a: Integers, b: Integers): boolean {
  if (a.length !== b.length) return false;
  for (let i = 0; i < a.length; i++) if (a[i] !== b[i]) return false;
  return true;
}
