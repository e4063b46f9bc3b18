import {clone, type serialization, type Tensor, type Variable} from '@tensorflow/tfjs-core';
import type {LayerVariable} from '@tensorflow/tfjs-layers';
import {untaped} from '../untaped.js';
import {fromIdentifier, toIdentifier} from './identifiers.js';
import type {Constraint, Initializer, Regularizer} from './tfjs_types.js';

type Rules = {
  readonly initializer: Initializer;
  readonly regularizer?: Regularizer | null;
  readonly constraint?: Constraint | null;
  /** Whether an optimizer trains the weight. Defaults to true. */
  readonly trainable?: boolean;
  /** Defaults to 'float32'. */
  readonly dtype?: 'float32' | 'int32';
};

/** A weight of a layer: how it starts and is kept and, once the layer is built, its variable. */
export class Weight {
  variable: LayerVariable | null = null;

  constructor(
    readonly name: string,
    readonly rules: Rules,
  ) {}

  /** The current value. tfjs types it as a snapshot, but it is the variable itself. */
  read(): Variable {
    const variable = this.variable!;
    // tfjs's optimizers go past the constraint: it holds only for values that are written.
    if (this.rules.constraint != null) untaped(() => variable.write(clone(variable.read())));
    return variable.read() as Variable;
  }

  write(value: Tensor): void {
    this.variable!.write(value);
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
export const untrainedWeight = (name: string, initializer: Initializer, dtype?: Rules['dtype']) =>
  new Weight(name, {initializer, dtype, trainable: false});
