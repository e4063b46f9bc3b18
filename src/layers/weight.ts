import {clone, type serialization, type Tensor, type Variable} from '@tensorflow/tfjs-core';
import type {LayerVariable} from '@tensorflow/tfjs-layers';
import {check, show} from '../check.js';
import {checkOptions, isOptions, type Options} from '../options.js';
import {untaped} from '../untaped.js';
import {fromIdentifier, toIdentifier} from './identifiers.js';
import type {
  Constraint,
  ConstraintIdentifier,
  Initializer,
  InitializerIdentifier,
  Regularizer,
  RegularizerIdentifier,
} from './tfjs_types.js';

/** How a `Weight` starts, and what it is kept to. */
export interface WeightRules {
  /** How it starts, such as `tf.initializers.ones()` or 'ones'. */
  readonly initializer: InitializerIdentifier;
  /** The loss that it adds. Defaults to none. */
  readonly regularizer?: RegularizerIdentifier | null;
  /** The limits of it, applied at each call. Defaults to none. */
  readonly constraint?: ConstraintIdentifier | null;
  /** Whether an optimizer trains the weight. Defaults to true. */
  readonly trainable?: boolean;
  /** Defaults to 'float32'. */
  readonly dtype?: 'float32' | 'int32';
}

const RULES: Options<WeightRules> = {
  initializer: true,
  regularizer: true,
  constraint: true,
  trainable: true,
  dtype: true,
};

/** The rules with the objects that their names stand for. */
interface ResolvedRules extends Pick<WeightRules, 'trainable' | 'dtype'> {
  readonly initializer: Initializer;
  readonly regularizer: Regularizer | null;
  readonly constraint: Constraint | null;
}

/** A weight of a layer: how it starts and is kept and, once the layer is built, its variable. */
export class Weight {
  /** The variable of the layer; null until the layer is built. */
  variable: LayerVariable | null = null;
  /** @internal How it starts, and what it is kept to. */
  readonly rules: ResolvedRules;

  /** @throws If there is no name or no initializer, or a rule is none of tfjs's. */
  constructor(
    /** The name, by which files know it. */
    readonly name: string,
    /** How it starts, and what it is kept to. */
    rules: WeightRules,
  ) {
    check(
      typeof name === 'string' && name !== '',
      'Weight',
      () => `name must be a string of at least one letter, but is ${show(name)}.`,
    );
    check(
      isOptions(rules),
      name,
      () => `rules must be {${Object.keys(RULES).join(', ')}}, but are ${show(rules)}.`,
    );
    checkOptions(name, rules, RULES);
    const resolve = (rule: 'initializer' | 'regularizer' | 'constraint') =>
      fromIdentifier<serialization.Serializable>(name, rule, rules[rule]);
    const initializer = resolve('initializer') as Initializer | null;
    check(
      initializer != null,
      name,
      () => `initializer must be given, but is ${show(initializer)}.`,
    );
    this.rules = {
      ...rules,
      initializer,
      regularizer: resolve('regularizer') as Regularizer | null,
      constraint: resolve('constraint') as Constraint | null,
    };
  }

  /** The current value. tfjs types it as a snapshot, but it is the variable itself. */
  read(): Variable {
    const variable = this.built();
    // tfjs's optimizers go past the constraint: it holds only for values that are written.
    if (this.rules.constraint != null) untaped(() => variable.write(clone(variable.read())));
    return variable.read() as Variable;
  }

  /** Sets the value. */
  write(value: Tensor): void {
    this.built().write(value);
  }

  private built(): LayerVariable {
    const {variable, name} = this;
    check(
      variable != null,
      name,
      () => 'has no value before its layer is built, with this weight in its plan.',
    );
    return variable;
  }

  /** The three rules as the layer's arguments name them; see `trainedWeight`. */
  getConfig(): serialization.ConfigDict {
    return {
      [`${this.name}Initializer`]: toIdentifier(this.rules.initializer),
      [`${this.name}Regularizer`]: toIdentifier(this.rules.regularizer),
      [`${this.name}Constraint`]: toIdentifier(this.rules.constraint),
    };
  }
}

/** The variables that layers of this package train beside kernels, for `isNormParameter`. */
export const normVariables = new WeakSet();

export const isTrained = ({rules: {trainable = true}}: Weight): boolean => trainable;

/**
 * A trained weight with the rules that the layer's arguments `<name>Initializer`,
 * `<name>Regularizer` and `<name>Constraint` give it.
 */
export function trainedWeight(
  layer: string,
  name: string,
  args: object,
  start: Initializer,
): Weight {
  const resolve = (rule: string) =>
    fromIdentifier(layer, name + rule, (args as Record<string, object>)[name + rule]);
  return new Weight(name, {
    initializer: (resolve('Initializer') as Initializer | null) ?? start,
    regularizer: resolve('Regularizer') as Regularizer | null,
    constraint: resolve('Constraint') as Constraint | null,
  });
}

/** A weight that the layer itself moves, such as a running average. */
export const untrainedWeight = (
  name: string,
  initializer: Initializer,
  dtype?: WeightRules['dtype'],
) => new Weight(name, {initializer, dtype, trainable: false});
