/** The plan of a node for inputs of given shapes. */
import {util} from '@tensorflow/tfjs-core';
import {L2, MOMENTS, RMS, type Statistic} from '../statistic.js';
import {type Expression, resultOf} from './expression.js';
import {Interpretation, type Leaf} from './interpretation.js';
import {readNorm} from './norm.js';
import {Refused} from './refusal.js';
import {broadcast, type Shape} from './shapes.js';
import type {Term} from './terms.js';
import type {Root} from './value.js';

export type Plan = {
  readonly statistic: Statistic;
  readonly epsilon: number;
  readonly axes: readonly number[];
  /** The product of `scale` and of leaves. */
  readonly gamma: {readonly scale: number; readonly factors: readonly string[]};
  readonly beta: readonly Term[];
  /** The shape that the normalized input is given before gamma and beta. */
  readonly outer: readonly number[];
  readonly shape: readonly number[];
};

/** How a node computes its expression in one kernel. @throws Refused, if it cannot. */
export function planOf(expression: Expression, leaves: readonly Leaf[]): Plan {
  const known = new Interpretation(expression, leaves);
  const norm = readNorm(known, known.value(resultOf(expression)));
  const {axes, groupSize} = known;
  if (axes == null || groupSize == null) throw new Refused('its axes are not known');
  const {scale, ...rule} = ruleOf(norm.root, groupSize);
  for (const {factors} of [{factors: norm.gamma}, ...norm.beta])
    checkProduct(known, leaves, factors);
  return {
    ...rule,
    axes,
    gamma: {scale: exact(scale * norm.scale!), factors: norm.gamma},
    beta: norm.beta,
    outer: norm.isOuter ? checkKnown(norm.outer) : checkKnown(known.shape),
    shape: checkKnown(norm.shape),
  };
}

/** Parameters along different axes, whose product has nearly as many elements as the input, are left as they are. */
function checkProduct(known: Interpretation, leaves: readonly Leaf[], factors: readonly string[]) {
  const x = checkKnown(known.shape);
  const shapes = factors.map(factor => checkKnown(leaves[Number(factor.slice(1))].shape));
  const sizes = shapes.map(shape => util.sizeFromShape([...shape]));
  const ofChannels = factors.flatMap((factor, i) => (factor.startsWith('c') ? [sizes[i]] : []));
  const others = shapes.filter((_, i) => !factors[i].startsWith('c'));
  const rest = others.reduce<Shape>((a, b) => broadcast(a, b), []);
  const size = util.sizeFromShape([...checkKnown(rest)]) * Math.max(1, ...ofChannels);
  if (size > Math.max(1, ...sizes) && 4 * size > util.sizeFromShape([...x])) {
    throw new Refused('its parameters make one for each element when they are multiplied');
  }
}

function checkKnown(shape: Shape): readonly number[] {
  if (shape == null) throw new Refused('its shape is not known');
  return shape;
}

type Rule = {statistic: Statistic; epsilon: number; scale: number};

/**
 * A root as one of our statistics:
 *
 *     1 / sqrt(s * v + e)         v / sqrt(s) with the epsilon e / s
 *     1 / sqrt(max(s * q, f))     the norm, which is sqrt(n * q), with the floor sqrt(f * n / s)
 *     1 / max(sqrt(s * q), f)     the norm with the floor f * sqrt(n / s)
 *
 * @throws Refused, if it is none.
 */
export function ruleOf(root: Root, groupSize: number): Rule {
  const {center, zeroAtZero} = root;
  const [scale, epsilon] = [root.scale!, root.epsilon!];
  const floor = root.floor?.value ?? 0;
  const rootFloor = root.rootFloor?.value ?? 0;
  const hasFloor = floor > 0 || rootFloor > 0;
  const average = {epsilon: epsilon / scale, scale: exact(1 / Math.sqrt(scale))};
  if (!(epsilon >= 0) || (hasFloor && epsilon > 0) || floor < 0 || rootFloor < 0) {
    throw new Refused('its epsilon is negative, or it has a floor as well');
  }
  if (center) {
    if (hasFloor) throw new Refused('its variance has a floor');
    if (zeroAtZero && epsilon === 0)
      throw new Refused('its variance may be 0 and is not divided by');
    return {statistic: MOMENTS, ...average};
  }
  const toNorm = Math.sqrt(groupSize / scale);
  const least = Math.max(Math.sqrt(floor) * toNorm, rootFloor * toNorm);
  // Without a floor a vector of zeros is divided by 0, and is NaN: so it is as an average.
  return hasFloor || (zeroAtZero && epsilon === 0)
    ? {statistic: L2, epsilon: least, scale: toNorm}
    : {statistic: RMS, ...average};
}

/** Sums times reciprocals leave a last digit more or less. */
const exact = (scale: number): number => (Math.abs(scale - 1) < 5e-7 ? 1 : scale);

/** How two shapes of as many elements are cut alike: `ofA` says where each axis of the first is in `shape`. */
export type Common = {
  readonly shape: readonly number[];
  readonly ofA: ReadonlyArray<readonly number[]>;
  readonly ofB: ReadonlyArray<readonly number[]>;
};

/** Axes that are fine enough for two shapes of as many elements: each axis of either is some of these. */
export function commonAxes(a: readonly number[], b: readonly number[]): Common | null {
  if (util.arraysEqual([...a], [...b])) {
    const own = a.map((_, axis) => [axis]);
    return {shape: a, ofA: own, ofB: own};
  }
  const shape: number[] = [];
  const [ofA, ofB] = [a, b].map(sizes => sizes.map((): number[] => []));
  if (util.sizeFromShape([...a]) === 0) return null;
  let [i, j] = [0, 0];
  let [restA, restB] = [a[0] ?? 1, b[0] ?? 1];
  while (i < a.length || j < b.length) {
    if (restA === 1 && i < a.length) restA = a[++i] ?? 1;
    else if (restB === 1 && j < b.length) restB = b[++j] ?? 1;
    else {
      const size = Math.min(restA, restB);
      if (restA % size !== 0 || restB % size !== 0) return null;
      ofA[i].push(shape.length);
      ofB[j].push(shape.length);
      shape.push(size);
      restA /= size;
      restB /= size;
    }
  }
  return {shape, ofA, ofB};
}
