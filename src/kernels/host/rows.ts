import type {NormalizeAttrs} from '../contract.js';
import {flagsOf, STRIP} from './kernels.js';
import type {RowsPlan} from './plan.js';
import type {Space} from './space.js';

type Arrays = Record<string, Float32Array>;

export function normalizeRows(
  space: Space,
  {x, gamma, beta, y, stats}: Arrays,
  {n, params}: RowsPlan,
  {statistic, epsilon}: NormalizeAttrs,
): void {
  const [g, b] = [gamma, beta].map(param => space.hold(param));
  const tmp = space.doubles(2).byteOffset;
  space.forTiles(
    [{array: x, width: n}],
    [
      {array: y, width: n},
      {array: stats, width: 4},
    ],
    (rows, [x, y, stats]) => {
      space.kernels.row_normalize(
        ...[x, g, b, y, stats, rows, n, params, flagsOf(statistic), epsilon, tmp],
      );
    },
  );
}

export function normalizeGradRows(
  space: Space,
  {dy, x, gamma, stats, dstats, dx}: Arrays,
  {n, params}: RowsPlan,
  {statistic, epsilon}: NormalizeAttrs,
): void {
  const g = space.hold(gamma);
  const tmp = space.doubles(2).byteOffset;
  const strand = (width: number) => (array: Float32Array) => ({array, width});
  space.forTiles(
    [...[dy, x].map(strand(n)), ...[stats, dstats].map(strand(4))],
    [{array: dx, width: n}],
    (rows, [dy, x, stats, dstats, dx]) => {
      space.kernels.row_grad(
        ...[dy, x, g, stats, dstats, dx, rows, n, params, flagsOf(statistic), epsilon, tmp],
      );
    },
  );
}

/** For rows with a parameter for each element. */
export function normalizeParamGradRows(
  space: Space,
  {dy, x, stats, dparams}: Arrays,
  {n}: RowsPlan,
): void {
  const sums = space.doubles(2 * n);
  const tmp = space.floats(2 * STRIP);
  space.forTiles(
    [
      {array: dy, width: n},
      {array: x, width: n},
      {array: stats, width: 4},
    ],
    [],
    (rows, [dy, x, stats]) => {
      const [dgamma, dbeta] = [sums.byteOffset, sums.byteOffset + 8 * n];
      space.kernels.row_param_grad(dy, x, stats, rows, n, dgamma, dbeta, tmp.byteOffset);
    },
  );
  dparams.set(sums);
}
