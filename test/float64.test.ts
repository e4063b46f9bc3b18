import {normalize64, normalizeGrad64} from './float64.js';
import {NORM_CASES, STATISTICS} from './norm_cases.js';
import {random} from './random.js';

// Central differences of step 1e-5 in doubles: the error is about 1e-10 of the third derivative
// plus 1e-16 / 1e-5, hence below 1e-7 for values around 1.
const STEP = 1e-5;
const TOLERANCE = 1e-7;

describe.each(STATISTICS)('the float64 gradient of %s', (_, statistic) => {
  const small = NORM_CASES.filter(
    ({shape, reduced, epsilon}) =>
      shape.reduce((a, b) => a * b, 1) <= 200 &&
      // Without epsilon, the variance of one element has no derivative.
      !(epsilon === 0 && reduced.length === 0),
  );

  test.each(small)('is the derivative: $name', ({epsilon = 1e-3, ...axes}) => {
    const problem = {...axes, epsilon, statistic};
    const size = axes.shape.reduce((a, b) => a * b, 1);
    const params = axes.params.reduce((n, axis) => n * axes.shape[axis], 1);
    const inputs = [random(size, 1), random(params, 2), random(params, 3)].map(v => Array.from(v));
    const dy = random(size, 4);
    const loss = () => {
      const [x, gamma, beta] = inputs;
      return normalize64(x, gamma, beta, problem).y.reduce((sum, y, i) => sum + y * dy[i], 0);
    };
    const {dx, dgamma, dbeta} = normalizeGrad64(dy, inputs[0], inputs[1], inputs[2], problem);
    [dx, dgamma, dbeta].forEach((gradient, input) => {
      const scale = 1 + Math.max(...gradient.map(Math.abs));
      gradient.forEach((g, i) => {
        const value = inputs[input][i];
        inputs[input][i] = value + STEP;
        const above = loss();
        inputs[input][i] = value - STEP;
        const slope = (above - loss()) / (2 * STEP);
        inputs[input][i] = value;
        expect(Math.abs(g - slope)).toBeLessThan(TOLERANCE * scale);
      });
    });
  });
});
