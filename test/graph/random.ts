/** Numbers from 0 to 1 that a seed settles (mulberry32). */
function uniform(seed: number): () => number {
  let state = (seed + 1) * 0x9e3779b9;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let t = Math.imul(state ^ (state >>> 15), 1 | state);
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t;
    return ((t ^ (t >>> 14)) >>> 0) / 4294967296;
  };
}

export class Random {
  readonly next: () => number;

  constructor(seed: number) {
    this.next = uniform(seed);
  }

  below = (limit: number): number => Math.floor(this.next() * limit);
  one = <T>(list: readonly T[]): T => list[this.below(list.length)];
}
