import type {serialization, Tensor} from '@tensorflow/tfjs-core';
import {check, checkAxes, show} from '../check.js';
import {checkEpsilon} from '../check_params.js';
import {l1Normalize, l2Normalize} from '../ops/unit_norm.js';
import {optionsOf} from './layer_options.js';
import {NormalizationLayer} from './normalization_layer.js';
import type {LayerArgs} from './tfjs_types.js';

/** The options of `L1Normalization`. */
export interface L1NormalizationArgs extends LayerArgs {
  /** The axis or axes whose elements form one vector. Defaults to -1, the last one. */
  axis?: number | readonly number[];
  /** The least that a vector is divided by. Defaults to 1e-12. */
  epsilon?: number;
}

/** The options of `L2Normalization`. */
export type L2NormalizationArgs = L1NormalizationArgs;

/** The options of `UnitNormalization`. */
export interface UnitNormalizationArgs extends L1NormalizationArgs {
  /** 1 for the sum of absolute values, 2 for the Euclidean norm. Defaults to 2. */
  order?: 1 | 2;
}

/** Keras's layer has neither argument, so a config names them only where they differ from these. */
const KERAS = {order: 2, epsilon: 1e-12} as const;

/**
 * Scales each vector to norm 1; `keras.layers.UnitNormalization`. Zero vectors stay zero.
 *
 *     input    [batch, ..., vector]
 *     output   as the input         x / max(norm, epsilon)
 *
 * ```js
 * const model = tf.sequential();
 * model.add(tfn.layers.unitNormalization({inputShape: [10]}));
 * ```
 */
export class UnitNormalization extends NormalizationLayer {
  static override readonly className: string = 'UnitNormalization';
  /** @internal */
  static override readonly options = optionsOf<UnitNormalizationArgs>({
    axis: true,
    order: true,
    epsilon: true,
  });
  private readonly axis: number | number[];
  protected order: 1 | 2;
  private readonly epsilon: number;

  constructor(args: UnitNormalizationArgs = {}) {
    super(args);
    const {axis = -1, order = KERAS.order, epsilon = KERAS.epsilon} = args;
    check([1, 2].includes(order), this.name, () => `order must be 1 or 2, but is ${show(order)}.`);
    checkEpsilon(this.name, epsilon);
    this.axis = axis as number | number[];
    this.order = order;
    this.epsilon = epsilon;
  }

  protected override plan(rank: number): null {
    checkAxes(this.name, this.axis, rank);
    return null;
  }

  protected normalize(x: Tensor): Tensor {
    const op = this.order === 1 ? l1Normalize : l2Normalize;
    return op(x, {axis: this.axis, epsilon: this.epsilon});
  }

  override getConfig(): serialization.ConfigDict {
    const {axis, order, epsilon} = this;
    return {
      ...super.getConfig(),
      axis,
      ...(order === KERAS.order ? {} : {order}),
      ...(epsilon === KERAS.epsilon ? {} : {epsilon}),
    };
  }
}

/** Scales each vector to the sum 1 of absolute values: `UnitNormalization` of order 1. */
export class L1Normalization extends UnitNormalization {
  static override readonly className: string = 'L1Normalization';
  /** @internal */
  static override readonly options = optionsOf<L1NormalizationArgs>(
    {
      axis: true,
      epsilon: true,
    },
    {order: false},
  );
  constructor(args: L1NormalizationArgs = {}) {
    super(args);
    this.order = 1;
  }
}

/** Scales each vector to the Euclidean norm 1: `UnitNormalization` of order 2. */
export class L2Normalization extends UnitNormalization {
  static override readonly className: string = 'L2Normalization';
  /** @internal */
  static override readonly options = optionsOf<L2NormalizationArgs>({
    axis: true,
    epsilon: true,
  });
  constructor(args: L2NormalizationArgs = {}) {
    super(args);
  }
}
