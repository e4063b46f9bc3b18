/** The rule by which a group is normalized: whether its mean is subtracted, and what divides it. */
export type Statistic = {
  /** Whether the group's mean is subtracted first. */
  readonly center: boolean;
  /** Whether the powers are averaged over the group (std, rms) or added up (norms). */
  readonly average: boolean;
  /** The power of each element: 1 for absolute values, 2 for squares. */
  readonly power: 1 | 2;
};

export const MOMENTS: Statistic = {center: true, average: true, power: 2};
export const RMS: Statistic = {center: false, average: true, power: 2};
export const L2: Statistic = {center: false, average: false, power: 2};
export const L1: Statistic = {center: false, average: false, power: 1};
