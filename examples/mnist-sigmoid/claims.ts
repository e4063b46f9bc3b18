import type {Claim} from '../shared/html.js';
import {listed, percent, short} from '../shared/words.js';
import {isBuiltIn, LEARNED, trained} from './findings.js';
import {OWN} from './model.js';
import type {Results} from './report.js';
import {DEEP, type Stability} from './stability.js';
import {type Run, stepsTo, TARGET_ACCURACY} from './summary.js';
import type {Sweep, SweepPoint} from './sweep.js';

/** A claim about normalization, and the run's answer to it. */
export function claims({runs, stability, sweep}: Pick<Results, 'runs' | 'stability' | 'sweep'>) {
  const own = trained(runs).filter(run => !isBuiltIn(run, runs));
  return [
    {claim: 'Faster convergence', finding: convergence(own)},
    {claim: 'Numerical stability', finding: acrossDepth(stability)},
    {claim: 'Less dependence on initial weights', finding: initialWeights(sweep)},
    {claim: 'Generalization', finding: generalization(own)},
  ] satisfies Claim[];
}

function convergence(runs: Run[]): string {
  const plain = runs.find(({label}) => label === OWN[0].label);
  const target = percent(TARGET_ACCURACY, 0);
  const steps = runs.map(run => {
    const reached = stepsTo(run, TARGET_ACCURACY);
    const all = `not in ${run.losses.length}`;
    return `${reached ?? all} with ${run.label}`;
  });
  const sentence = `${target} of the test digits are recognized after so many steps: ${listed(steps)}`;
  const others = runs.filter(run => run !== plain).map(run => stepsTo(run, TARGET_ACCURACY));
  const own = plain == null ? null : stepsTo(plain, TARGET_ACCURACY);
  const isSooner = others.every(each => each != null && each < (own ?? Infinity));
  return isSooner ? `${sentence}.` : `${sentence}; the claim does not show here.`;
}

/** Gradients that differ by more than this between two layers cannot share a learning rate. */
const APART = 100;

function acrossDepth(stability: Stability[]): string {
  const ratios = stability.map(({label, gradients, activations}) => ({
    label,
    ratio: gradients[0] / gradients.at(-1)!,
    spread: activations.at(-1)! / activations[0],
  }));
  const written = (which: 'ratio' | 'spread') =>
    listed(ratios.map(each => `${short(each[which])} with ${each.label}`));
  const sentence =
    `Before the first step of a network of ${DEEP} layers, the first layer's gradient over the ` +
    `last one's is ${written('ratio')}, and the last sigmoids' spread over the first ones' is ` +
    written('spread');
  const distance = (ratio: number) => Math.abs(Math.log10(ratio));
  const [plain, ...others] = ratios.map(({ratio}) => distance(ratio));
  const isNearer = others.every(other => other < plain);
  if (!isNearer) return `${sentence}; the claim does not show here.`;
  const far = ratios.filter(
    ({label, ratio}) => label !== OWN[0].label && distance(ratio) > Math.log10(APART),
  );
  return far.length === 0
    ? `${sentence}.`
    : `${sentence}; the gradients still vanish or explode with ${listed(far.map(({label}) => label))}.`;
}

/** Where a network is behind that without normalization. */
function behind(label: string, plain: string, points: SweepPoint[]): string[] {
  const accuracy = (label: string, value: number) =>
    points.find(point => point.label === label && point.value === value)?.accuracy ?? 0;
  const values = [...new Set(points.map(({value}) => value))];
  const worse = values.filter(value => accuracy(label, value) < accuracy(plain, value));
  return worse.length === 0
    ? []
    : [`at ${listed(worse.map(String))}, ${plain} is ahead of ${label}`];
}

function initialWeights(sweep?: Sweep): string {
  if (sweep == null || sweep.stddev.length === 0) return 'Not tried.';
  const {stddev, steps} = sweep;
  const labels = [...new Set(stddev.map(({label}) => label))];
  const accuracies = labels.map(label => {
    const own = stddev.filter(point => point.label === label);
    const [least, most] = [Math.min, Math.max].map(f => f(...own.map(({accuracy}) => accuracy)));
    const able = own.filter(({accuracy}) => accuracy >= LEARNED).length;
    return {label, able, text: `${percent(least)} to ${percent(most)} with ${label}`};
  });
  const values = new Set(stddev.map(({value}) => value));
  const sentence = `With standard deviations of the initial weights from ${Math.min(...values)} to ${Math.max(...values)}, ${steps} steps come to ${listed(accuracies.map(({text}) => text))}`;
  const [plain, ...others] = accuracies;
  return others.every(({able}) => able > plain.able)
    ? `${[sentence, ...others.flatMap(({label}) => behind(label, plain.label, stddev))].join('; ')}.`
    : `${sentence}; the claim does not show here.`;
}

/** How many standard errors a difference must have to be believed. */
const ERRORS = 2;
/** The accuracies are each measured on so many digits. */
const MEASURED = 10_000;

function generalization(runs: Run[]): string {
  const gaps = runs.flatMap(({label, finalAccuracy: test, trainingAccuracy: training}) => {
    if (test == null || training == null) return [];
    const error = Math.sqrt(((1 - test) * test + (1 - training) * training) / MEASURED);
    const gap = training - test;
    return {label, gap, isClear: Math.abs(gap) > ERRORS * error};
  });
  if (gaps.length === 0) return 'Not measured.';
  const points = gaps.map(({label, gap}) => `${(100 * gap).toFixed(1)} with ${label}`);
  const sentence = `By so many percentage points more digits of the training are recognized than of the test: ${listed(points)}`;
  return gaps.some(({gap, isClear}) => isClear && gap > 0)
    ? `${sentence}.`
    : `${sentence}; no network has begun to learn its digits by heart, so that the claim cannot show at this size.`;
}
