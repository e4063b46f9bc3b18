type Moments = {readonly mean: ArrayLike<number>; readonly variance: ArrayLike<number>};

/** How far moments are from others, as it shows in what is normalized by those. */
export type MomentsDistance = {
  /** The root mean square of the differences of the means, in standard deviations. */
  readonly shift: number;
  /** The root mean square of the logarithms of the ratios of the standard deviations. */
  readonly scale: number;
};

/** The distance of moments from those `by` which a layer normalizes. */
export function distanceBetween(
  {mean, variance}: Moments,
  by: Moments,
  epsilon: number,
): MomentsDistance {
  const features = mean.length;
  let [shifts, scales] = [0, 0];
  for (let i = 0; i < features; i++) {
    const deviation = Math.sqrt(by.variance[i] + epsilon);
    shifts += ((mean[i] - by.mean[i]) / deviation) ** 2;
    scales += Math.log(Math.sqrt(variance[i] + epsilon) / deviation) ** 2;
  }
  return {shift: Math.sqrt(shifts / features), scale: Math.sqrt(scales / features)};
}
