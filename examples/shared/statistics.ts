export const mean = (values: number[]): number =>
  values.reduce((sum, value) => sum + value, 0) / values.length;

/** The sample's standard deviation, or null of a single value. */
export function deviation(values: number[]): number | null {
  if (values.length < 2) return null;
  const center = mean(values);
  const squares = values.reduce((sum, value) => sum + (value - center) ** 2, 0);
  return Math.sqrt(squares / (values.length - 1));
}

/**
 * Whether two means are apart by more than both standard deviations; null if one is of one value.
 */
export function isApart(a: number[], b: number[]): boolean | null {
  const [da, db] = [deviation(a), deviation(b)];
  return da == null || db == null ? null : Math.abs(mean(a) - mean(b)) > da + db;
}

/** The value below which `share` of the values lie, interpolated. */
export function percentile(values: ArrayLike<number>, share: number): number {
  const sorted = Float64Array.from(values).sort();
  const at = share * (sorted.length - 1);
  const below = Math.floor(at);
  const above = Math.min(below + 1, sorted.length - 1);
  return sorted[below] + (at - below) * (sorted[above] - sorted[below]);
}

export const median = (values: ArrayLike<number>): number => percentile(values, 0.5);
