/**
 * Power normalization in plain double precision, statement by statement as the authors' code has
 * it (and, where `mode` says so, the paper's Algorithm 2): one row a position.
 */
export type State64 = {phi: number[]; nu: number[]; step: number};

export type Settings64 = {
  epsilon: number;
  alphaForward: number;
  alphaBackward: number;
  warmupSteps: number;
  groups: number;
  mode: 'reference' | 'paper';
};

export type Step64 = {
  /** One row a position, as `dy`, and whether it counts. */
  x: number[][];
  dy: number[][];
  isValid: boolean[];
  gamma: number[];
  beta: number[];
};

export const state64 = (channels: number): State64 => ({
  phi: new Array<number>(channels).fill(1),
  nu: new Array<number>(channels).fill(0),
  step: 0,
});

const sum = (values: number[]) => values.reduce((a, b) => a + b, 0);
const mean = (values: number[]) => sum(values) / values.length;
const square = (value: number) => value * value;

/** One training step: the result, the gradients, and the state moved in place. */
export function powerNormStep64(
  {x, dy, gamma, beta, isValid}: Step64,
  state: State64,
  {epsilon, alphaForward, alphaBackward, warmupSteps, groups, mode}: Settings64,
) {
  const channels = gamma.map((_, c) => c);
  const size = channels.length / groups;
  const groupOf = (c: number) => Math.floor(c / size);

  const rms = x.map(row =>
    Array.from({length: groups}, (_, g) =>
      Math.sqrt(mean(row.slice(g * size, (g + 1) * size).map(square)) + epsilon),
    ),
  );
  const scaled = x.map((row, i) => row.map((value, c) => value / rms[i][groupOf(c)]));

  state.step += 1;
  const t = state.step;
  const valid = (rows: number[][], c: number) =>
    rows.filter((_, i) => isValid[i]).map(row => row[c]);
  const meanSquare = channels.map(c => mean(valid(scaled, c).map(square)));
  const divisor = t <= warmupSteps ? meanSquare : [...state.phi];
  const z = scaled.map(row => row.map((value, c) => value / Math.sqrt(divisor[c] + epsilon)));
  const y = z.map(row => row.map((value, c) => gamma[c] * value + beta[c]));
  channels.forEach(c => {
    if (t < warmupSteps) state.phi[c] = (state.phi[c] * (t - 1)) / t + meanSquare[c] / t;
    state.phi[c] = alphaForward * state.phi[c] + (1 - alphaForward) * meanSquare[c];
  });

  const tilde = dy.map((row, i) =>
    row.map((value, c) => value * gamma[c] - (isValid[i] ? state.nu[c] * z[i][c] : 0)),
  );
  const root = mode === 'paper' ? divisor : meanSquare;
  const dscaled = tilde.map(row => row.map((value, c) => value / Math.sqrt(root[c] + epsilon)));
  channels.forEach(c => {
    const products = tilde.map((row, i) => row.map((value, c) => value * z[i][c]));
    state.nu[c] += (1 - alphaBackward) * mean(valid(products, c));
  });

  const dx = dscaled.map((row, i) =>
    row.map((value, c) => {
      const others = channels.filter(k => groupOf(k) === groupOf(c));
      const along = mean(others.map(k => row[k] * scaled[i][k]));
      return (value - scaled[i][c] * along) / rms[i][groupOf(c)];
    }),
  );
  const dgamma = channels.map(c => sum(dy.map((row, i) => row[c] * z[i][c])));
  const dbeta = channels.map(c => sum(dy.map(row => row[c])));
  return {y, dx, dgamma, dbeta};
}
