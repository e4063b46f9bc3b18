import * as tf from '@tensorflow/tfjs-core';
import {check, show} from '../check.js';
import {RunningMoments} from '../layers/running_moments.js';

/** The mean and variance of features in one part of the data. */
export interface PartMoments {
  /** The means, `[features]`: an array or a tensor. */
  mean: ArrayLike<number> | tf.Tensor;
  /** The biased variances around these means, `[features]`. */
  variance: ArrayLike<number> | tf.Tensor;
  /** How many values of each feature these are: the examples, times the positions of each. */
  count: number;
}

/** The moments of all parts together, in double precision. */
export interface PooledMoments {
  /** The means, `[features]`. */
  mean: Float64Array;
  /** The biased variances, `[features]`. */
  variance: Float64Array;
  /** How many values of each feature there are. */
  count: number;
}

const OP = 'mergeMoments';

/**
 * The mean and variance of all data from those of its parts, as clients of federated learning, workers or
 * micro-batches have them, [Chan et al. 1979](http://i.stanford.edu/pub/cstr/reports/cs/tr/79/773/CS-TR-79-773.pdf).
 *
 * To average variances would leave out how far the parts' means are apart.
 *
 * ```js
 * const {mean, variance} = mergeMoments([
 *   {mean: [0], variance: [1], count: 10},
 *   {mean: [4], variance: [1], count: 10},
 * ]);
 * console.log(mean[0], variance[0]); // 2 5
 * ```
 *
 * @throws If there are no parts, or they differ in their features, or a count is no integer above 0, or a
 *     number is not finite, or a variance is below 0.
 */
export function mergeMoments(parts: readonly PartMoments[]): PooledMoments {
  const list: unknown = parts;
  check(
    Array.isArray(list) && list.length > 0,
    OP,
    () =>
      `must be called with a list of at least one {mean, variance, count}, but with ${show(parts)}.`,
  );
  const read = parts.map((part, i) => checked(part, `part ${i}`));
  const {length} = read[0].mean;
  const pooled = new RunningMoments();
  read.forEach(({mean, variance, count}, i) => {
    check(
      mean.length === length && variance.length === length,
      OP,
      () =>
        `all must have ${length} features, but part ${i} has ${mean.length} means and ${variance.length} variances.`,
    );
    pooled.merge({mean, variance, count});
  });
  return {mean: pooled.mean!, variance: pooled.variance(), count: pooled.count};
}

function checked(part: PartMoments, name: string): PooledMoments {
  check(
    typeof part === 'object' && part != null,
    OP,
    () => `${name} must have mean, variance and count, but is ${show(part)}.`,
  );
  const {count} = part;
  check(
    Number.isInteger(count) && count > 0,
    OP,
    () => `the count of ${name} must be a positive integer, but is ${show(count)}.`,
  );
  const [mean, variance] = (['mean', 'variance'] as const).map(key => {
    const given = part[key];
    const isList = given instanceof tf.Tensor || Array.isArray(given) || ArrayBuffer.isView(given);
    check(
      isList,
      OP,
      () => `the ${key} of ${name} must be an array or a tensor, but is ${show(given)}.`,
    );
    const values = Float64Array.from(given instanceof tf.Tensor ? given.dataSync() : given);
    const wrong = values.find(
      value => !Number.isFinite(value) || (key === 'variance' && value < 0),
    );
    check(
      wrong === undefined,
      OP,
      () =>
        `the ${key} of ${name} must have finite numbers${key === 'variance' ? ', 0 or more' : ''}, but has ${wrong}.`,
    );
    return values;
  });
  return {mean, variance, count};
}
