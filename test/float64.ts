/**
 * Normalization and its gradient in plain double precision, element by element, with no thought
 * of speed: everything else is measured against it. Finite differences check it (float64.test.ts).
 */
import type {Activation} from '../src/activation.js';
import type {Statistic} from '../src/statistic.js';
import {activation64} from './activations64.js';

export type Problem = {
  shape: readonly number[];
  reduced: readonly number[];
  params: readonly number[];
  statistic: Statistic;
  epsilon: number;
  gammaOffset?: number;
  activation?: Activation | null;
};

type Numbers = ArrayLike<number>;

/** For each element, the number of its group and of its parameter. */
export function indices({shape, reduced, params}: Pick<Problem, 'shape' | 'reduced' | 'params'>): {
  group: number[];
  param: number[];
} {
  const numbers = (isCounted: (axis: number) => boolean) =>
    shape.reduce<number[]>(
      (before, size, axis) => {
        const counted = isCounted(axis);
        const after = new Array<number>(before.length * size);
        for (let at = 0; at < after.length; at++) {
          const n = before[Math.floor(at / size)];
          after[at] = counted ? n * size + (at % size) : n;
        }
        return after;
      },
      [0],
    );
  return {
    group: numbers(axis => !reduced.includes(axis)),
    param: numbers(axis => params.includes(axis)),
  };
}

const members = (group: number[]): number[][] => {
  const lists: number[][] = [];
  group.forEach((g, i) => (lists[g] ??= []).push(i));
  return lists;
};

export function normalize64(x: Numbers, gamma: Numbers, beta: Numbers, problem: Problem) {
  const {statistic, epsilon} = problem;
  const {group, param} = indices(problem);
  const stats = members(group).map(list => {
    const n = list.length;
    const mean = statistic.center ? list.reduce((sum, i) => sum + x[i], 0) / n : 0;
    // Scaled by the largest, so that no square leaves the doubles' range.
    const scale = list.reduce((most, i) => Math.max(most, Math.abs(x[i] - mean)), 0) || 1;
    const total = list.reduce(
      (sum, i) => sum + Math.abs((x[i] - mean) / scale) ** statistic.power,
      0,
    );
    if (statistic.average) {
      const spread = (total / n) * scale ** 2;
      return {mean, spread, rstd: 1 / Math.sqrt(spread + epsilon)};
    }
    const norm = total ** (1 / statistic.power) * scale;
    const spread = list.every(i => x[i] === 0) ? 0 : norm;
    return {mean, spread, rstd: spread === 0 ? 0 : 1 / Math.max(spread, epsilon)};
  });
  const xhat = group.map((g, i) => (x[i] - stats[g].mean) * stats[g].rstd);
  const {gammaOffset = 0, activation} = problem;
  const factor = param.map(p => gamma[p] + gammaOffset);
  const z = xhat.map((v, i) => v * factor[i] + beta[param[i]]);
  return {y: z.map(activation64(activation).value), z, factor, xhat, stats, group, param};
}

/** The gradients, beside what `normalize64` gives. */
export function normalizeGrad64(
  dy: Numbers,
  x: Numbers,
  gamma: Numbers,
  beta: Numbers,
  problem: Problem,
  /** The gradients of each group's mean and variance, if they are used. */
  dstats?: Array<{mean: number; spread: number}>,
) {
  const {statistic, epsilon} = problem;
  const forward = normalize64(x, gamma, beta, problem);
  const {z, factor, xhat, stats, group, param} = forward;
  const {slope} = activation64(problem.activation);
  const dz = z.map((v, i) => dy[i] * slope(v));
  const h = dz.map((v, i) => v * factor[i]);
  const dx = new Array<number>(x.length);
  members(group).forEach((list, g) => {
    const {rstd, spread} = stats[g];
    const n = statistic.average ? list.length : 1;
    const meanH = statistic.center ? list.reduce((sum, i) => sum + h[i], 0) / list.length : 0;
    const moves = statistic.average || spread > epsilon;
    const along = moves ? list.reduce((sum, i) => sum + h[i] * xhat[i], 0) / n : 0;
    for (const i of list) {
      const direction = statistic.power === 2 ? xhat[i] : Math.sign(x[i]);
      dx[i] = rstd * (h[i] - meanH - direction * along);
      if (dstats == null) continue;
      dx[i] += (dstats[g].mean + 2 * dstats[g].spread * (x[i] - stats[g].mean)) / list.length;
    }
  });
  const dgamma = Array.from(gamma, () => 0);
  const dbeta = Array.from(gamma, () => 0);
  param.forEach((p, i) => {
    dgamma[p] += dz[i] * xhat[i];
    dbeta[p] += dz[i];
  });
  return {...forward, dx, dgamma, dbeta};
}
