/** A norm and its gradient in float64, from what its op tells its kernel. */
import type {NormalizeAttrs} from '../../src/kernels/contract.js';
import {groupCount, groupSize, indexTable, withSteps} from '../../src/view.js';

type Numbers = ArrayLike<number>;

/** `y` and `dx` for the given `dy`. */
export function exact(
  {view, statistic: {center, average, power}, epsilon}: NormalizeAttrs,
  x: Numbers,
  gamma: Numbers | null,
  beta: Numbers | null,
  dy: Numbers,
): {y: Float64Array; dx: Float64Array} {
  const axes = withSteps(view);
  const group = indexTable(axes, 'groupStep');
  const param = indexTable(axes, 'paramStep');
  const [groups, size] = [groupCount(view), groupSize(view)];
  const sums = (f: (i: number) => number) => {
    const total = new Float64Array(groups);
    for (let i = 0; i < x.length; i++) total[group[i]] += f(i);
    return total;
  };
  const mean = center ? sums(i => x[i]).map(sum => sum / size) : new Float64Array(groups);
  const d = Float64Array.from(x, (value, i) => value - mean[group[i]]);
  const rstd = sums(i => Math.abs(d[i]) ** power).map(sum =>
    average ? 1 / Math.sqrt(sum / size + epsilon) : 1 / Math.max(sum ** (1 / power), epsilon),
  );
  const xhat = d.map((value, i) => value * rstd[group[i]]);
  const g = Float64Array.from(dy, (value, i) => value * (gamma?.[param[i]] ?? 1));
  const count = average ? size : 1;
  const meanG = center ? sums(i => g[i]).map(sum => sum / size) : new Float64Array(groups);
  const meanGX = sums(i => g[i] * xhat[i]).map(sum => sum / count);
  // The slope of the statistic: x's direction for power 2, its sign for power 1.
  const slope = (i: number) => (power === 2 ? xhat[i] : Math.sign(d[i]));
  return {
    y: xhat.map((value, i) => value * (gamma?.[param[i]] ?? 1) + (beta?.[param[i]] ?? 0)),
    dx: g.map(
      (value, i) => rstd[group[i]] * (value - meanG[group[i]] - slope(i) * meanGX[group[i]]),
    ),
  };
}

/** The largest difference, relative to the root mean square of what is right. */
export function distance(found: Numbers, right: Float64Array): number {
  const rms = Math.sqrt(right.reduce((sum, value) => sum + value * value, 0) / right.length);
  let largest = 0;
  for (let i = 0; i < right.length; i++) {
    const difference = Math.abs(found[i] - right[i]);
    // NaN must not pass for 0.
    if (!(difference <= largest)) largest = difference;
  }
  return largest / (rms || 1);
}
