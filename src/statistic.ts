/** What the elements of a group are divided by. */
export type Statistic = {
  /** Subtract the group's mean first. */
  readonly center: boolean;
  /** Average the powers over the group (std, rms), or add them up (norms). */
  readonly average: boolean;
  /** 1: absolute values, 2: squares. */
  readonly power: 1 | 2;
};

export const MOMENTS: Statistic = {center: true, average: true, power: 2};
export const RMS: Statistic = {center: false, average: true, power: 2};
export const L2: Statistic = {center: false, average: false, power: 2};
export const L1: Statistic = {center: false, average: false, power: 1};
