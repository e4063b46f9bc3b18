/** The benchmark, without a wait. */
import type {CASES} from '../bench/cases.js';
import {type Options, type Result, runCases} from '../bench/run.js';

export const ONCE: Options = {
  only: /./,
  smoke: true,
  onHost: true,
  rounds: 1,
  warmUp: 0,
  rest: () => Promise.resolve(),
  onnx: {},
};

export async function runBench(cases: typeof CASES, options = ONCE): Promise<Result[][]> {
  const results: Result[][] = [];
  for await (const result of runCases(cases, options)) results.push(result);
  return results;
}
