import type {NormalizeAttrs} from '../contract.js';
import {at, forLines, kernelsOf} from './for_lines.js';
import {type LinesPlan, partsOf} from './plan.js';
import type {Space} from './space.js';

/** `y = (x - mean) / sqrt(variance + epsilon) * gamma + beta`, of statistics of each parameter. */
export function normalizeGivenLines(
  space: Space,
  arrays: Record<string, Float32Array>,
  plan: LinesPlan,
  {epsilon}: NormalizeAttrs,
): true {
  const [m, a, b] = [0, 1, 2].map(() => space.floats(plan.groupOf.length));
  const {apply} = kernelsOf(space, plan);
  const {x, y, ...params} = arrays;
  for (const part of partsOf(plan)) {
    const [mean, variance, gamma, beta] = [
      params.mean,
      params.variance,
      params.gamma,
      params.beta,
    ].map(part.params);
    for (let l = 0; l < part.lines; l++) {
      const p = plan.paramOf[l];
      m[l] = mean[p];
      a[l] = gamma[p] / Math.sqrt(variance[p] + epsilon);
      b[l] = beta[p];
    }
    forLines(space, plan, part, [part.slice(x)], [part.slice(y)], ([x, y], rows, width, line) => {
      apply(x, y, rows, width, ...at(line, m, a, b));
    });
  }
  return true;
}
