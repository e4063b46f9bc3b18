import * as tf from '@tensorflow/tfjs-core';
import {layers, type Shape} from '@tensorflow/tfjs-layers';
import type {Names} from '../options.js';

/** A number, or an array of numbers that broadcasts. */
type Constant = number | Constant[];

/**
 * Divides its first input by the second, or a constant by its only one. Keras writes operators such
 * as `1 / x` among the layers, and tfjs has no layer that divides; `fromKeras` puts this one there.
 *
 *     inputs   [a, b], or b with the constant `numerator`
 *     output   a / b, in the shape to which both broadcast
 */
export class Quotient extends layers.Layer {
  /** @nocollapse */
  static readonly className: string = 'Quotient';
  /** By which it is known for one of this package. */
  static readonly options: Names = {};
  private readonly numerator: Constant | null;

  constructor(args: {numerator?: Constant}) {
    super(args as object);
    this.numerator = args.numerator ?? null;
  }

  override call(inputs: tf.Tensor | tf.Tensor[]): tf.Tensor {
    return tf.tidy(() => {
      const given = [inputs].flat();
      const [a, b] = this.numerator == null ? given : [tf.tensor(this.numerator), given[0]];
      return tf.div(a, b);
    });
  }

  override computeOutputShape(shape: Shape | Shape[]): Shape {
    const given = (Array.isArray(shape[0]) ? shape : [shape]) as Shape[];
    const shapes = this.numerator == null ? given : [shapeOf(this.numerator), given[0]];
    const rank = Math.max(...shapes.map(({length}) => length));
    const [a, b] = shapes.map(sizes => [...Array<number>(rank - sizes.length).fill(1), ...sizes]);
    return a.map((size, i) => (size === 1 ? b[i] : size));
  }

  override getConfig(): tf.serialization.ConfigDict {
    const {numerator} = this;
    return {...super.getConfig(), ...(numerator == null ? {} : {numerator})};
  }
}

const shapeOf = (constant: Constant): number[] =>
  typeof constant === 'number' ? [] : [constant.length, ...shapeOf(constant[0])];
