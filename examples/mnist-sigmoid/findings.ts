import {capitalized, listed, percent, short} from '../shared/words.js';
import type {Stability} from './stability.js';
import {accuracyOf, type Run, speedUp, stepsTo, TARGET_ACCURACY} from './summary.js';
import type {SweepPoint} from './sweep.js';

const TARGET = `${100 * TARGET_ACCURACY}%`;

/** How well each network learned. The built-in layers are left out, since ours learn as they do. */
export function finding(runs: Run[]): string {
  // Each network was evaluated before its first step.
  const own = trained(runs).filter(run => !isBuiltIn(run, runs));
  const last = Math.max(...own.map(({evaluations}) => evaluations.at(-1)!.step));
  const accuracies = own.map(run => `${percent(accuracyOf(run)!)} with ${run.label}`);
  const reached = own.flatMap(run => {
    const steps = stepsTo(run, TARGET_ACCURACY);
    return steps == null ? [] : [`${steps} with ${run.label}`];
  });
  const sentence = `After ${last} steps the accuracy on the test digits is ${listed(accuracies)}`;
  return reached.length === 0
    ? `${sentence}.`
    : `${sentence}; the steps to ${TARGET} were ${listed(reached)}.`;
}

/** When each network reached the target. */
export const convergence = (runs: Run[]): string[] =>
  trained(runs).map(run => {
    const steps = stepsTo(run, TARGET_ACCURACY);
    const reached =
      steps == null
        ? `did not reach ${TARGET} in ${run.losses.length} steps`
        : `reached ${TARGET} after ${steps} of ${run.losses.length} steps`;
    const accuracy = accuracyOf(run);
    const end = accuracy == null ? '' : `; its last accuracy is ${percent(accuracy)}`;
    return `${capitalized(run.label)} ${reached}${end}.`;
  });

/** How far the curves of a layer and of its built-in are apart. */
export const agreement = (runs: Run[]): string[] =>
  runs.flatMap(run => {
    const builtIn = builtInOf(run, runs);
    const differences = run.evaluations.flatMap(({step, accuracy}) =>
      (builtIn?.evaluations ?? [])
        .filter(other => other.step === step)
        .map(other => Math.abs(accuracy - other.accuracy)),
    );
    if (builtIn == null || differences.length === 0) return [];
    const most = (100 * Math.max(...differences)).toFixed(2);
    return `${capitalized(run.label)} and ${builtIn.label} were never more than ${most} percentage points apart.`;
  });

/** Each layer's speed beside that of its built-in. */
export const speed = (runs: Run[]): string[] =>
  runs.flatMap(run => {
    const [builtIn, ratio] = [builtInOf(run, runs), speedUp(run, runs)];
    if (builtIn == null || ratio == null) return [];
    return `A step with ${run.label} was ${ratio.toFixed(2)} times as fast as with ${builtIn.label}.`;
  });

/** How far the distribution of a sigmoid's input moved, and how wide it was. */
export const sigmoidInput = (runs: Run[]): string[] =>
  trained(runs).flatMap(run => {
    const {label, evaluations} = run;
    if (isBuiltIn(run, runs) || evaluations.length < 2) return [];
    const medians = range(evaluations.map(evaluation => evaluation.sigmoidInput[1]));
    const widths = range(evaluations.map(({sigmoidInput: [low, , high]}) => high - low));
    return `${capitalized(label)}: median ${medians}, from the lower to the upper percentile ${widths}.`;
  });

/** The first layer's number beside the last one's. */
export const acrossDepth = (stability: Stability[], which: 'activations' | 'gradients'): string[] =>
  stability.map(each => {
    const [first, last] = [each[which][0], each[which].at(-1)!];
    return `${capitalized(each.label)}: ${short(first)} in the first layer, ${short(last)} in the last.`;
  });

export const LEARNED = 0.5;

/** The tried values with which each network learned anything. */
export const sensitivity = (points: SweepPoint[]): string[] =>
  [...new Set(points.map(({label}) => label))].map(label => {
    const own = points.filter(point => point.label === label);
    const able = own.filter(({accuracy}) => accuracy >= LEARNED).map(({value}) => value);
    const count = `${able.length} of ${own.length} values`;
    const which = able.length === 0 ? '' : ` (${able.join(', ')})`;
    return `${capitalized(label)} passed ${100 * LEARNED}% with ${count}${which}.`;
  });

export const trained = (runs: Run[]) => runs.filter(run => !run.timeOnly && run.losses.length > 0);

export const isBuiltIn = ({label}: Run, runs: Run[]) => runs.some(({builtIn}) => builtIn === label);

const builtInOf = (run: Run, runs: Run[]) => runs.find(({label}) => label === run.builtIn);

const range = (values: number[]): string =>
  `${Math.min(...values).toFixed(2)} to ${Math.max(...values).toFixed(2)}`;
