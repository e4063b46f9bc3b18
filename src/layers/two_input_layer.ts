import type * as tf from '@tensorflow/tfjs-core';
import {tidy} from '@tensorflow/tfjs-core';
import {InputSpec, layers, type Shape} from '@tensorflow/tfjs-layers';
import {check, show} from '../check.js';
import type {Names} from '../options.js';
import {checkInput} from './layer_input.js';
import {checkArgs, withoutForeign} from './layer_options.js';
import type {Kwargs, LayerArgs} from './tfjs_types.js';
import type {Weight} from './weight.js';

type Tensors = tf.Tensor | tf.Tensor[];

/** How a layer is built for two inputs. */
export type TwoInputPlan = {
  /** The axes of each input whose sizes later inputs must have too. */
  readonly axes: readonly [x: number | readonly number[], other: number | readonly number[]];
  /** The weights and their shapes. */
  readonly weights: Array<[Weight, number[]]>;
};

/** A layer that normalizes the first of its two inputs by means of the second. */
export abstract class TwoInputLayer extends layers.Layer {
  /** The name under which tf.serialization registers the class, and by which files refer to it. */
  declare static readonly className: string;
  /** @internal The names of the options that it has beside those of every layer. */
  declare static readonly options: Names;

  constructor(args: LayerArgs) {
    checkArgs(new.target, args);
    super(args);
    this.supportsMasking = true;
  }

  /** Makes the layer of a saved config, which may have Keras's keys that change nothing here. */
  static override fromConfig<T extends tf.serialization.Serializable>(
    cls: tf.serialization.SerializableConstructor<T>,
    config: tf.serialization.ConfigDict,
  ): T {
    return new cls(withoutForeign(cls, config));
  }

  /** The names of the inputs, for messages. */
  protected abstract readonly inputNames: string;
  protected abstract plan(x: Shape, other: Shape): TwoInputPlan;
  protected abstract run(x: tf.Tensor, other: tf.Tensor, kwargs: Kwargs): Tensors;

  override build(inputShape: Shape | Shape[]): void {
    const given: unknown[] = Array.isArray(inputShape[0]) ? inputShape : [inputShape];
    const shapes = this.two(given) as Shape[];
    const {axes, weights} = this.plan(shapes[0], shapes[1]);
    for (const [weight, shape] of weights) {
      const {initializer, regularizer, constraint, trainable} = weight.rules;
      const rules = [regularizer ?? undefined, trainable, constraint ?? undefined] as const;
      weight.variable = this.addWeight(weight.name, shape, 'float32', initializer, ...rules);
    }
    this.inputSpec = shapes.map((shape, i) => {
      const held = [axes[i]].flat().map((axis): [number, number] => [axis, shape.at(axis)!]);
      return new InputSpec({axes: Object.fromEntries(held)});
    });
    super.build(inputShape);
  }

  override call(inputs: Tensors, kwargs: Kwargs = {}): Tensors {
    return tidy(() => {
      this.invokeCallHook(inputs, kwargs);
      const [x, other] = this.two([inputs].flat());
      for (const input of [x, other]) checkInput(this.name, input);
      return this.run(x, other, kwargs);
    });
  }

  private two<T>(given: T[]): T[] {
    check(
      given.length === 2,
      this.name,
      () => `takes two inputs, ${this.inputNames}, but got ${given.length}.`,
    );
    return given;
  }

  /** The size of an axis, which must be known. */
  protected sizeOf(input: string, shape: Shape, axis: number): number {
    const size = shape[axis];
    check(
      size != null,
      this.name,
      () => `the size of axis ${axis} of ${input} must be known, but is null.`,
    );
    return size;
  }
}

/** Checks that an option is one of some names. */
export function checkOneOf(layer: string, option: string, value: unknown, names: string[]): void {
  check(
    names.includes(value as string),
    layer,
    () => `${option} must be one of ${names.join(', ')}, but is ${show(value)}.`,
  );
}
