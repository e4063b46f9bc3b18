import {groupCount, groupSize, indexTable, type NormView, withSteps} from '../view.js';

export type Moments = {count: number; mean: ArrayLike<number>; variance: ArrayLike<number>};

/**
 * The count, mean and variance of all values so far, for each group of a view, in double
 * precision and one pass: batches merge exactly, [Chan et al. 1979](http://i.stanford.edu/pub/cstr/reports/cs/tr/79/773/CS-TR-79-773.pdf).
 */
export class RunningMoments {
  count = 0;
  mean: Float64Array | null = null;
  /** The sums of squared distances to the mean. */
  private squares: Float64Array = new Float64Array(0);

  /** The moments of earlier values, to go on from. */
  static from(earlier: Moments): RunningMoments {
    const moments = new RunningMoments();
    moments.merge(earlier);
    return moments;
  }

  /** Adds those of other values, for the same groups. */
  merge({count, mean, variance}: Moments): void {
    const squares = Float64Array.from(variance, value => value * count);
    this.mergeSquares(count, Float64Array.from(mean), squares);
  }

  /**
   * Adds a batch; its view must have the same groups each time.
   *
   * @param mask Which values count: as many of each group as of any other. Defaults to all.
   */
  add(x: ArrayLike<number>, view: NormView, mask?: ArrayLike<number>): void {
    const groups = groupCount(view);
    const groupOf = indexTable(withSteps(view), 'groupStep');
    const counts = (i: number) => mask == null || mask[i] !== 0;
    let size = mask == null && x.length > 0 ? groupSize(view) : 0;
    for (let i = 0; mask != null && i < x.length; i++) {
      if (groupOf[i] === 0 && counts(i)) size++;
    }
    if (size === 0) return;
    const mean = new Float64Array(groups);
    for (let i = 0; i < x.length; i++) if (counts(i)) mean[groupOf[i]] += x[i] / size;
    const squares = new Float64Array(groups);
    for (let i = 0; i < x.length; i++) {
      if (counts(i)) squares[groupOf[i]] += (x[i] - mean[groupOf[i]]) ** 2;
    }
    this.mergeSquares(size, mean, squares);
  }

  private mergeSquares(size: number, mean: Float64Array, squares: Float64Array): void {
    const {count, mean: before} = this;
    this.count += size;
    if (before == null) {
      this.mean = mean;
      this.squares = squares;
      return;
    }
    for (let g = 0; g < mean.length; g++) {
      const delta = mean[g] - before[g];
      before[g] += (delta * size) / this.count;
      this.squares[g] += squares[g] + (delta ** 2 * count * size) / this.count;
    }
  }

  /** The biased variance: the squares divided by the count. */
  variance(): Float64Array {
    return this.squares.map(sum => sum / this.count);
  }
}
