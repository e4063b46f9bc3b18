import * as tf from '@tensorflow/tfjs-core';
import {InputSpec, layers, type LayerVariable, type Shape} from '@tensorflow/tfjs-layers';
import {check, show} from '../check.js';
import type {Names} from '../options.js';
import {checkInput} from './layer_input.js';
import {checkArgs, withoutForeign} from './layer_options.js';
import {checkMethods, checkPlan, type Plan} from './layer_plan.js';
import {maskInModel} from './mask_in_model.js';
import type {Kwargs, LayerArgs} from './tfjs_types.js';
import {isTrained, normVariables, type Weight} from './weight.js';

/** tf.layers take whatever is true to JavaScript for true. */
const trainingOf = ({training}: Kwargs): boolean | null =>
  training == null ? null : Boolean(training);

/** Whether a call is one of training. */
export function askedToTrain(layer: layers.Layer, kwargs: Kwargs): boolean {
  // tfjs keeps the arguments of a symbolic call but runs the model without them.
  const given = layer.inboundNodes.map(({callArgs}) => trainingOf(callArgs ?? {}));
  const asked = given.every(training => training === given[0]) ? given[0] : null;
  return asked ?? trainingOf(kwargs) ?? false;
}

/**
 * The base of layers that normalize their one input: the output has the same shape, and a mask is passed on. A class
 * derived from it says in `plan` which weights it has, and in `normalize` what it computes. Checks of the input, shared
 * and frozen weights, models' files and `timeDistributed` come from here.
 *
 * ```js
 * // ScaleNorm: one trained length for all vectors.
 * class ScaleNorm extends tfn.NormalizationLayer {
 *   static className = 'ScaleNorm';
 *   length = new tfn.Weight('length', {initializer: tf.initializers.ones()});
 *   plan(rank) {
 *     return {axes: [rank - 1], weights: () => [[this.length, Array(rank).fill(1)]]};
 *   }
 *   normalize(x) {
 *     return tfn.normalize(x, {statistic: 'l2', gamma: this.length.read()});
 *   }
 * }
 * tf.serialization.registerClass(ScaleNorm);
 * const model = tf.sequential({layers: [new ScaleNorm({inputShape: [8, 64]})]});
 * ```
 */
export abstract class NormalizationLayer extends layers.Layer {
  /** The name under which tf.serialization registers the class, and by which files refer to it. */
  declare static readonly className: string;
  /** @internal The names of the options that it has beside those of every layer. */
  declare static readonly options: Names;
  /** The axes of the weights, counted from 0, once the layer is built. */
  protected axes: readonly number[] = [];
  private adopted: Readonly<Record<string, LayerVariable>> | null = null;

  constructor(args: LayerArgs = {}) {
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

  /** How to build the layer for inputs of this rank; null if it neither has weights nor limits. */
  protected abstract plan(rank: number): Plan | null;
  /** The output for an input that was checked; `kwargs` has what tf.layers hand a call, such as `mask`. */
  protected abstract normalize(x: tf.Tensor, kwargs: Kwargs): tf.Tensor;

  override build(inputShape: Shape | Shape[]): void {
    const shape = Array.isArray(inputShape[0])
      ? this.onlyOne(inputShape as Shape[])
      : (inputShape as Shape);
    checkMethods(this);
    const plan = this.plan(shape.length);
    if (plan != null) {
      checkPlan(this.name, plan, shape.length);
      this.follow(plan, shape);
    }
    super.build(inputShape);
  }

  private follow({axes, anyRank, weights}: Plan, shape: Shape): void {
    const sizes = axes.map(axis => {
      const size = shape[axis];
      check(size != null, this.name, () => `the size of axis ${axis} must be known, but is null.`);
      return size;
    });
    for (const [weight, shape] of weights(sizes)) {
      const {initializer, regularizer, constraint, trainable, dtype = 'float32'} = weight.rules;
      const rules = [regularizer ?? undefined, trainable, constraint ?? undefined] as const;
      weight.variable =
        this.adopted == null
          ? this.addWeight(weight.name, shape, dtype, initializer, ...rules)
          : this.adopt(weight, this.adopted[weight.name]);
      if (isTrained(weight)) normVariables.add(weight.variable).add(weight.variable.read());
    }
    const held = [anyRank ?? axes].flat().map((axis): [number, number] => [axis, shape.at(axis)!]);
    const ndim = anyRank == null ? shape.length : undefined;
    this.inputSpec = [new InputSpec({ndim, axes: Object.fromEntries(held)})];
    this.axes = axes;
  }

  /** @internal Builds the layer on variables that exist already, which it shares, by their names. */
  buildOn(variables: Readonly<Record<string, LayerVariable>>, inputShape: Shape): void {
    this.adopted = variables;
    this.build(inputShape);
    this.adopted = null;
  }

  private adopt({rules}: Weight, variable: LayerVariable): LayerVariable {
    const {regularizer, trainable = true} = rules;
    if (regularizer != null) this.addLoss(() => regularizer.apply(variable.read()));
    // The getter of the others gives a new list.
    const {_nonTrainableWeights} = this as unknown as {_nonTrainableWeights: LayerVariable[]};
    (trainable ? this._trainableWeights : _nonTrainableWeights).push(variable);
    return variable;
  }

  override call(inputs: tf.Tensor | tf.Tensor[], kwargs: Kwargs = {}): tf.Tensor {
    return tf.tidy(() => {
      this.invokeCallHook(inputs, kwargs);
      const x = this.onlyOne(inputs);
      checkInput(this.name, x);
      // A model that runs hands its layers a list.
      const isInModel = Array.isArray(inputs) && kwargs['mask'] != null;
      const mask = isInModel && maskInModel(this, x, kwargs['mask'] as tf.Tensor);
      const y = this.normalize(x, isInModel ? {...kwargs, mask} : kwargs);
      check(
        y instanceof tf.Tensor,
        this.name,
        () => `normalize must return a tensor, but returned ${show(y)}.`,
      );
      return y;
    });
  }

  private onlyOne<T>(given: T | T[]): T {
    if (!Array.isArray(given)) return given;
    check(given.length === 1, this.name, () => `takes one input, but got ${given.length}.`);
    return given[0] as T;
  }

  /** Whether to use the batch and learn from it, for layers that may also run on what they learnt. */
  protected isTraining(kwargs: Kwargs): boolean {
    return !this.isFrozen() && askedToTrain(this, kwargs);
  }

  private isFrozen(): boolean {
    // A model that is frozen as a whole freezes its layers' weights, not its layers.
    const weights = this._trainableWeights;
    return !this.trainable || (weights.length > 0 && weights.every(({trainable}) => !trainable));
  }
}
