import * as tf from '@tensorflow/tfjs-core';
import {initializers, type LayerVariable, type Shape} from '@tensorflow/tfjs-layers';
import {checkAxes} from '../check.js';
import {fromIdentifier, toIdentifier} from './identifiers.js';
import {NormalizationLayer} from './normalization_layer.js';
import type {
  Constraint,
  ConstraintIdentifier,
  Initializer,
  InitializerIdentifier,
  LayerArgs,
  Regularizer,
  RegularizerIdentifier,
} from './tfjs_types.js';

export interface ThresholdedLinearUnitArgs extends LayerArgs {
  /**
   * The axis or axes along which the threshold varies. Defaults to -1, the channels, as in the
   * paper; null: all but that of the batch, as in TensorFlow Addons.
   */
  axis?: number | number[] | null;
  /** Scale the input in the threshold: `max(x, alpha * x + tau)`. Defaults to false. */
  affine?: boolean;
  /** Defaults to 'zeros'. */
  tauInitializer?: InitializerIdentifier;
  tauRegularizer?: RegularizerIdentifier;
  tauConstraint?: ConstraintIdentifier;
  /** Defaults to 'zeros'. */
  alphaInitializer?: InitializerIdentifier;
  alphaRegularizer?: RegularizerIdentifier;
  alphaConstraint?: ConstraintIdentifier;
}

type Rules = {
  initializer: Initializer;
  regularizer: Regularizer | null;
  constraint: Constraint | null;
};

/**
 * A rectifier with a trained threshold, the activation behind filter response normalization,
 * [Singh & Krishnan 2019](https://arxiv.org/abs/1911.09737); `TLU` of TensorFlow Addons.
 *
 *     input    [batch, ..., channels]
 *     tau      [channels], the sizes along `axis`     alpha  as tau, where it is affine
 *     output   as the input                           max(x, tau)
 *
 * A saved config without an axis is one of Addons, with a threshold for each position.
 *
 * ```js
 * const model = tf.sequential();
 * model.add(tfn.layers.thresholdedLinearUnit({inputShape: [28, 28, 3]}));
 * ```
 */
export class ThresholdedLinearUnit extends NormalizationLayer {
  static readonly className: string = 'TLU';
  private readonly axis: number | number[] | null;
  private readonly affine: boolean;
  private readonly rules: Record<'tau' | 'alpha', Rules>;
  private readonly variables: Partial<Record<'tau' | 'alpha', LayerVariable>> = {};
  private aligned: number[] = [];

  constructor(args: ThresholdedLinearUnitArgs = {}) {
    super(args);
    this.axis = args.axis === undefined ? -1 : args.axis;
    this.affine = args.affine ?? false;
    const rulesOf = (param: 'tau' | 'alpha'): Rules => {
      const resolve = (rule: 'Initializer' | 'Regularizer' | 'Constraint') =>
        fromIdentifier(this.name, param + rule, args[`${param}${rule}`]);
      return {
        initializer: (resolve('Initializer') as Initializer | null) ?? initializers.zeros(),
        regularizer: resolve('Regularizer') as Regularizer | null,
        constraint: resolve('Constraint') as Constraint | null,
      };
    };
    this.rules = {tau: rulesOf('tau'), alpha: rulesOf('alpha')};
  }

  static override fromConfig<T extends tf.serialization.Serializable>(
    cls: tf.serialization.SerializableConstructor<T>,
    config: tf.serialization.ConfigDict,
  ): T {
    return new cls({axis: null, ...config});
  }

  override build(inputShape: Shape | Shape[]): void {
    const shape = this.onlyShape(inputShape);
    const all = shape.map((_, i) => i).slice(1);
    const axes = this.axis == null ? all : checkAxes(this.name, this.axis, shape.length);
    const sizes = this.knownSizes(shape, axes);
    this.aligned = shape.map((_, i) => (axes.includes(i) ? sizes[axes.indexOf(i)] : 1));
    for (const name of this.affine ? (['tau', 'alpha'] as const) : (['tau'] as const)) {
      const {initializer, regularizer, constraint} = this.rules[name];
      const kept = [regularizer ?? undefined, true, constraint ?? undefined] as const;
      this.variables[name] = this.addWeight(name, sizes, 'float32', initializer, ...kept);
    }
    super.build(inputShape);
  }

  protected normalize(x: tf.Tensor): tf.Tensor {
    const read = (name: 'tau' | 'alpha'): tf.Tensor => {
      const variable = this.variables[name]!;
      // tfjs's optimizers go past the constraint: it holds for what is written only.
      if (this.rules[name].constraint != null) variable.write(tf.clone(variable.read()));
      return tf.reshape(variable.read(), this.aligned);
    };
    const tau = read('tau');
    if (this.affine) return tf.maximum(x, tf.add(tf.mul(read('alpha'), x), tau));
    // The gradient of tf.maximum does not add up what it was spread over.
    return tf.maximum(x, tf.broadcastTo(tau, x.shape));
  }

  override getConfig(): tf.serialization.ConfigDict {
    const configOf = (name: 'tau' | 'alpha') => ({
      [`${name}Initializer`]: toIdentifier(this.rules[name].initializer),
      [`${name}Regularizer`]: toIdentifier(this.rules[name].regularizer),
      [`${name}Constraint`]: toIdentifier(this.rules[name].constraint),
    });
    return {
      ...super.getConfig(),
      ...(this.axis == null ? {} : {axis: this.axis}),
      affine: this.affine,
      ...configOf('tau'),
      ...(this.affine ? configOf('alpha') : {}),
    };
  }
}
