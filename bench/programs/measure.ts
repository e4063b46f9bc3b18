import {setTimeout} from 'node:timers/promises';
import {type Method, quantile, timeInterleaved} from '../measure.js';
import {peakOf} from './peak.js';
import {type Program, PROGRAMS} from './programs.js';

/** A variant of a program on a backend. */
export type Figure = {
  program: string;
  size: string;
  backend: string;
  variant: string;
  /** Milliseconds: the least, in nine of ten runs at least; null where it cannot run. */
  p10: number | null;
  median: number | null;
  /** Bytes of tensors at the most, above what the program holds between runs. */
  peak: number | null;
  /** Why it cannot run. */
  not?: string;
};

/** Measures the programs on the backend in use; all variants of one take turns. */
export async function* measurePrograms(
  backend: string,
  only: RegExp,
  smoke: boolean,
  method: Method,
): AsyncGenerator<Figure[]> {
  for (const program of PROGRAMS.filter(({name}) => only.test(name))) {
    const {name, size} = program;
    const not = program.not?.[backend];
    const head = {program: name, size, backend};
    if (not != null) yield [{...head, variant: 'tfjs', p10: null, median: null, peak: null, not}];
    else yield (await measure(program, smoke, method)).map(figure => ({...head, ...figure}));
  }
}

async function measure({make}: Program, smoke: boolean, method: Method) {
  const variants = await make(smoke);
  const peaks: number[] = [];
  for (const {run} of variants) {
    // An optimizer makes its state at the first step.
    await run();
    await setTimeout(0);
    peaks.push(await peakOf(run));
  }
  const timings = await timeInterleaved(variants, method);
  return timings.map(({samples}, i) => ({
    variant: variants[i].name,
    p10: quantile(samples, 0.1),
    median: quantile(samples, 0.5),
    peak: peaks[i],
  }));
}
