/** The findings of `inspect` about batch normalization. */
import {type BatchNormLayer, variableOf} from './batch_norm_layers.js';
import {epsilonFinding, type Finding, finding, MANY, plural, short} from './finding.js';
import {DOMINATED, type Evidence} from './evidence.js';
import type {Layer} from './graph.js';
import type {Inspection} from './inspection.js';
import {gammaOf} from './norm_layers.js';

type Context = {
  readonly seen: Inspection;
  readonly frozen: boolean;
  /** Whether anything of the model is trained. */
  readonly trains: boolean;
  /** How often it was trained; null if nobody knows. */
  readonly steps: number | null;
};

/** Fewer examples say little about the statistics. */
const FEW = 8;
/** The distance that a quarter of the features must have, beside what chance does to few examples. */
const FAR = 1 / 2;
/** The distance that no feature should have, in standard deviations. */
const VERY_FAR = 10;
/** The share of the first moving statistics that must be left for the steps to be too few. */
const LEFT = 0.1;
/** Beta in gammas below which next to nothing passes a relu. */
const SUNK = -3;
/** The share of a typical variance below which a feature is constant. */
const CONSTANT = 1e-6;

export async function batchNormFindings(
  norm: BatchNormLayer,
  evidence: Evidence,
  context: Context,
): Promise<{findings: Finding[]; distance: number}> {
  const {seen, frozen, trains} = context;
  const found: Finding[] = [];
  const learns = !frozen && trains;
  if (frozen && trains && evidence.moves === true) {
    found.push(
      finding(
        norm,
        'frozen',
        1,
        'it is frozen, but training normalizes by the batch and moves its statistics, as layers of tfjs do.',
        'Use freezeBatchNorm(model), or fuseLayers(model), whose layers keep to Keras.',
      ),
    );
  }
  const isSingle = evidence.mostValues === 1;
  const isOneByOne = seen.batches > 1 && seen.mostExamples === 1;
  if (learns && norm.renorm == null && (isSingle || isOneByOne)) {
    found.push(
      finding(
        norm,
        'batch',
        evidence.mostValues,
        isSingle
          ? 'each batch has one value of each feature, which is its own mean, so that training sees beta alone.'
          : 'each batch is one example, whose own statistics are not those of the data.',
        'Use larger batches, replaceBatchNorm(model), or batchNormalization({renorm: true}).',
      ),
    );
  }
  const {mean} = evidence.moments;
  if (mean == null) return {findings: found, distance: 0};
  const variance = evidence.moments.variance();
  const moving = await movingOf(norm);
  const all = {norm, evidence, context, mean, variance, ...moving};
  const {findings, distance} = statisticsFindings(all);
  found.push(...findings, ...epsilonFindings(all), ...(await deadFindings(all)));
  return {findings: found, distance};
}

type Facts = {
  norm: BatchNormLayer;
  evidence: Evidence;
  context: Context;
  mean: Float64Array;
  variance: Float64Array;
  movingMean: ArrayLike<number>;
  movingVariance: ArrayLike<number>;
  /** Whether no step has moved them yet. */
  isUnmoved: boolean;
};

async function movingOf(norm: BatchNormLayer) {
  const weights = [norm.movingMean, norm.movingVariance].map(weight => variableOf(weight!).read());
  const [movingMean, movingVariance] = await Promise.all(weights.map(weight => weight.data()));
  const isUnmoved = movingMean.every(m => m === 0) && movingVariance.every(v => v === 1);
  return {movingMean, movingVariance, isUnmoved};
}

function statisticsFindings(facts: Facts): {findings: Finding[]; distance: number} {
  const {norm, context, mean, variance, movingMean, movingVariance, isUnmoved} = facts;
  const {frozen, seen, steps} = context;
  // In inference and in training alike, a frozen layer uses the same ones, be they those of other data. A model
  // that is not trained yet has none.
  const untouched = isUnmoved && steps == null;
  if (frozen || untouched || seen.examples < FEW || context.seen.nan != null) {
    return {findings: [], distance: 0};
  }
  const deviations = Array.from(movingVariance, v => Math.sqrt(v + norm.epsilon));
  const shifts = deviations.map((deviation, i) => Math.abs(mean[i] - movingMean[i]) / deviation);
  const scales = deviations.map(
    (deviation, i) => Math.sqrt(variance[i] + norm.epsilon) / deviation,
  );
  const distances = shifts.map((shift, i) => Math.hypot(shift, Math.log(scales[i])));
  const upper = quantile(distances, 3 / 4);
  const bound = FAR + 2 / Math.sqrt(seen.examples);
  const worst = Math.max(...shifts, ...scales);
  const distance = upper / bound;
  if (upper <= bound && worst <= VERY_FAR) return {findings: [], distance};
  const left = steps == null ? 0 : norm.momentum ** steps;
  const far =
    upper > bound
      ? `a quarter of its moving means and deviations are off those of the data by ${short(upper)} deviations or more`
      : `a moving mean or deviation is off that of the data by ${short(worst)} deviations`;
  return {
    distance: Math.max(distance, 1),
    findings: [
      left > LEFT
        ? finding(
            norm,
            'momentum',
            left,
            `with a momentum of ${norm.momentum}, ${plural(steps!, 'step')} leave ${short(100 * left)} % of where the ` +
              `moving statistics started: ${far}.`,
            'Call recalibrate(model, data), train for more steps, or make the layer with a smaller momentum.',
          )
        : finding(
            norm,
            'statistics',
            upper > bound ? upper : worst,
            `${far}.`,
            'Call recalibrate(model, data) with data as in training; see whether the data are prepared alike in both.',
          ),
    ],
  };
}

function epsilonFindings({norm, variance, context}: Facts): Finding[] {
  if (context.seen.examples < FEW) return [];
  const varied = variance.filter(value => value > 0);
  const small = varied.filter(value => value < DOMINATED * norm.epsilon);
  const share = small.length / varied.length;
  return varied.length > 0 && share > MANY
    ? [epsilonFinding(norm, share, 'features', norm.epsilon)]
    : [];
}

async function deadFindings(facts: Facts): Promise<Finding[]> {
  const {norm, evidence, context, mean, variance} = facts;
  if (context.seen.examples < FEW || context.seen.nan != null) return [];
  const [gamma, beta] = await Promise.all(
    [gammaOf(norm), norm.center ? variableOf(norm.beta!) : null].map(async weight =>
      weight == null ? null : weight.read().data(),
    ),
  );
  const {highest, beforeRelu, source} = evidence;
  const isSunk = (i: number) =>
    beforeRelu && highest![i] <= 0 && (beta?.[i] ?? 0) < SUNK * Math.abs(gamma?.[i] ?? 1);
  const isConstant = Array.from(variance, (v, i) => v <= 1e-10 * mean[i] ** 2 || v < 1e-20);
  const constant = isConstant.filter(Boolean).length;
  const surely = (i: number) =>
    isConstant[i] &&
    (isLinear(source) || wasConstant(facts, i) || constant > 0.9 * variance.length);
  // Where the data themselves do not vary, the model is not at fault.
  const dead = Array.from(variance.keys()).filter(i => isSunk(i) || (source != null && surely(i)));
  return dead.length === 0
    ? []
    : [
        finding(
          norm,
          'dead',
          dead.length,
          `${dead.length} of ${plural(variance.length, 'channel')} are the same for all data: ` +
            `${dead.slice(0, 5).join(', ')}${dead.length > 5 ? ', …' : ''}.`,
          'Lower the learning rate, start with other weights or a beta nearer 0, use leakyReLU, or prune them.',
        ),
      ];
}

/** Whether training saw the feature as constant too: few examples may not show what is rare. */
function wasConstant({isUnmoved, movingVariance}: Facts, i: number): boolean {
  return !isUnmoved && movingVariance[i] < CONSTANT * quantile(Array.from(movingVariance), 3 / 4);
}

/** Whether the layer gives a constant only if its kernel is 0: no activation has made it so. */
function isLinear(layer: Layer | null): boolean {
  const {activation} = (layer ?? {}) as {activation?: {getClassName(): string} | null};
  const hasKernel =
    layer?.weights.some(({originalName}) => originalName.endsWith('kernel')) === true;
  return hasKernel && activation?.getClassName() === 'linear';
}

function quantile(values: number[], p: number): number {
  const sorted = [...values].sort((a, b) => a - b);
  return sorted[Math.floor(p * (sorted.length - 1))];
}
