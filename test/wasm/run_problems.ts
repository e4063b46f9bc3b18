import {FLOAT32} from '../cases/case.js';
import {conformanceCases} from '../cases/conformance.js';
import {NORM_CASES, type NormCase} from '../norm_cases.js';

/** A problem of each family of kernels, small enough for any rung of the ladder. */
const PROBLEMS: NormCase[] = [
  {name: 'rows', shape: [37, 130], reduced: [1], params: [1]},
  {name: 'columns', shape: [301, 12], reduced: [0], params: [1]},
  {name: 'columns in groups', shape: [3, 83, 4, 6], reduced: [1, 3], params: [2, 3]},
  {name: 'segments', shape: [5, 6, 77], reduced: [0, 2], params: [1]},
  ...NORM_CASES.slice(0, 8),
];

/** Runs the active backend's kernels against float64. Fails where they are wrong. */
export async function runProblems(): Promise<number> {
  const cases = conformanceCases(FLOAT32, ['fused'], PROBLEMS).filter(({name}) =>
    name.includes('values and gradients'),
  );
  for (const {run} of cases) await run();
  return cases.length;
}
