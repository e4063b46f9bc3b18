import type * as tf from '@tensorflow/tfjs-core';
import {checkAxes, checkNumeric, checkRank} from '../check.js';
import {checkEpsilon} from '../check_params.js';
import type {Options} from '../options.js';
import {L1, L2, type Statistic} from '../statistic.js';
import {defineOp} from './define_op.js';
import {normalized} from './normalized.js';

/** The options of `l1Normalize` and `l2Normalize`. */
export interface UnitNormConfig {
  /** The axis or axes whose elements form one vector. Defaults to -1, the last one. */
  axis?: number | readonly number[];
  /** The least that a vector is divided by. Defaults to 1e-12. */
  epsilon?: number;
}

function unitNormalize<T extends tf.Tensor>(
  op: string,
  statistic: Statistic,
  x: T | tf.TensorLike,
  {axis = -1, epsilon = 1e-12}: UnitNormConfig,
): T {
  const shape = checkNumeric(op, 'x', x);
  checkRank(op, shape, 1);
  const reduced = checkAxes(op, axis, shape.length);
  checkEpsilon(op, epsilon);
  return normalized(x, {statistic, epsilon, reduced, features: []}).y as T;
}

function l1Normalize_<T extends tf.Tensor>(x: T | tf.TensorLike, config: UnitNormConfig = {}): T {
  return unitNormalize('l1Normalize', L1, x, config);
}

function l2Normalize_<T extends tf.Tensor>(x: T | tf.TensorLike, config: UnitNormConfig = {}): T {
  return unitNormalize('l2Normalize', L2, x, config);
}

const OPTIONS: Options<UnitNormConfig> = {axis: true, epsilon: true};

/**
 * Divides each vector by its L1 norm: `x / max(Σ|x|, epsilon)`, the rule of
 * `torch.nn.functional.normalize` with `p=1`.
 *
 *     x      [..., vector]       any rank from 1 up
 *     result [..., vector]
 *
 * A zero vector stays zero, and its gradient is zero.
 *
 * ```js
 * tfn.l1Normalize(tf.tensor1d([1, -3])).print();  // 0.25, -0.75
 * ```
 *
 * @param x A tensor or an array; integers and booleans are cast to float32.
 * @param config `axis` and `epsilon`.
 * @throws If an axis does not exist.
 */
export const l1Normalize = /* @__PURE__ */ defineOp({l1Normalize_}, ['x'], OPTIONS);

/**
 * Divides each vector by its Euclidean norm: `x / max(sqrt(Σx²), epsilon)`, the rule of
 * `keras.layers.UnitNormalization` and of `torch.nn.functional.normalize`.
 *
 *     x      [..., vector]       any rank from 1 up
 *     result [..., vector]
 *
 * A zero vector stays zero, and its gradient is zero.
 *
 * ```js
 * tfn.l2Normalize(tf.tensor1d([3, 4])).print();  // 0.6, 0.8
 * ```
 *
 * @param x A tensor or an array; integers and booleans are cast to float32.
 * @param config `axis` and `epsilon`.
 * @throws If an axis does not exist.
 */
export const l2Normalize = /* @__PURE__ */ defineOp({l2Normalize_}, ['x'], OPTIONS);
