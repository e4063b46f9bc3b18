/** Something to time. */
export type Task = {
  /**
   * One call of what is timed. It leaves nothing behind; if it returns a promise, that is waited
   * for.
   */
  run: () => void | Promise<void>;
  /** Waits until all calls of a sample are done, where `run` returns before that. */
  finish?: () => Promise<void>;
};

export type Timing = {
  /** The milliseconds that a call takes. */
  samples: number[];
  /** Each sample is the mean of so many calls: many for quick tasks, since clocks are coarse. */
  calls: number;
};

export type Method = {
  rounds: number;
  /** How long each task runs before, at least once, in milliseconds. */
  warmUp: number;
  /** Runs between samples, so that none pays for the garbage of another. */
  rest: () => Promise<void>;
};

// All of these are in milliseconds, but SLOW_ROUNDS.
const LEAST_SAMPLE = 2;
// To wait for a device takes a millisecond or more by itself.
const LEAST_SAMPLE_OF_DEVICE = 50;
const SLOW = 500;
const SLOW_ROUNDS = 3;

/** Times the tasks in rounds: each runs every task, in an order of its own. */
export async function timeInterleaved(
  tasks: Task[],
  {rounds, warmUp, rest}: Method,
): Promise<Timing[]> {
  const timed: (Timing & {task: Task; turns: boolean[]})[] = [];
  for (const task of tasks) {
    const once = await quickest(task, warmUp);
    await rest();
    timed.push({
      task,
      samples: [],
      calls: Math.max(1, Math.ceil((task.finish ? LEAST_SAMPLE_OF_DEVICE : LEAST_SAMPLE) / once)),
      turns: turnsOf(once, rounds),
    });
  }
  for (let round = 0; round < rounds; round++) {
    for (const {task, samples, calls} of shuffled(timed.filter(({turns}) => turns[round]))) {
      samples.push((await timeCalls(task, calls)) / calls);
      await rest();
    }
  }
  return timed.map(({samples, calls}) => ({samples, calls}));
}

/** The least that a call takes while the task repeats for some time. */
async function quickest(task: Task, milliseconds: number): Promise<number> {
  const start = performance.now();
  let least = Infinity;
  do least = Math.min(least, await timeCalls(task, 1));
  while (performance.now() - start < milliseconds);
  return least;
}

async function timeCalls(task: Task, calls: number): Promise<number> {
  const start = performance.now();
  for (let call = 0; call < calls; call++) {
    const pending = task.run();
    if (pending) await pending;
  }
  await task.finish?.();
  return performance.now() - start;
}

/** The rounds that a task takes part in: all, or a few spread evenly if it is slow. */
export function turnsOf(milliseconds: number, rounds: number): boolean[] {
  const affordable = Math.floor((rounds * SLOW) / milliseconds);
  const turns = Math.min(rounds, Math.max(SLOW_ROUNDS, affordable));
  return Array.from(
    {length: rounds},
    (_, round) => Math.floor(((round + 1) * turns) / rounds) > Math.floor((round * turns) / rounds),
  );
}

function shuffled<T>(items: readonly T[]): T[] {
  const result = [...items];
  for (let i = result.length - 1; i > 0; i--) {
    const j = Math.floor(Math.random() * (i + 1));
    [result[i], result[j]] = [result[j], result[i]];
  }
  return result;
}

/** The `p`-quantile, interpolated between samples; `p` is between 0 and 1. */
export function quantile(samples: number[], p: number): number {
  const sorted = [...samples].sort((a, b) => a - b);
  const position = p * (sorted.length - 1);
  const below = Math.floor(position);
  const above = Math.ceil(position);
  return sorted[below] + (sorted[above] - sorted[below]) * (position - below);
}

export type Ratio = {
  /** The ratio of the 10th percentiles, which noise hardly touches. */
  best: number;
  /** The 10th percentile over the 90th of the other, and the reverse. */
  from: number;
  to: number;
};

/** How many times longer the samples are than those of `base`. */
export function ratioTo(base: number[], samples: number[]): Ratio {
  const [baseLow, baseHigh] = [quantile(base, 0.1), quantile(base, 0.9)];
  const [low, high] = [quantile(samples, 0.1), quantile(samples, 0.9)];
  return {best: low / baseLow, from: low / baseHigh, to: high / baseLow};
}
