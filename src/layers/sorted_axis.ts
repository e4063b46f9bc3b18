/**
 * `axis` for a layer's config: a list in the input's order, in which the weights are. Keras has the
 * weights in the list's order, so that a list in another order would give its files other shapes.
 *
 * @param axes The same axes counted from 0, once the layer is built: where they count from both
 *     ends, the order depends on the rank.
 */
export function sortedAxis(
  axis: number | readonly number[],
  axes: readonly number[],
): number | number[] {
  if (typeof axis === 'number') return axis;
  const isOneWay = axis.every(a => a < 0) || axis.every(a => a >= 0);
  return isOneWay || axes.length === 0 ? [...axis].sort((a, b) => a - b) : [...axes];
}
