import {clone, type serialization, type Tensor} from '@tensorflow/tfjs-core';
import type {LayerVariable} from '@tensorflow/tfjs-layers';
import {fromIdentifier, toIdentifier} from './identifiers.js';
import type {Constraint, Initializer, Regularizer} from './tfjs_types.js';

/** A trained weight of a layer: how it starts and is kept, and where it is once the layer is built. */
export class Param {
  readonly initializer: Initializer;
  readonly regularizer: Regularizer | null;
  readonly constraint: Constraint | null;
  variable: LayerVariable | null = null;

  /** Of the layer's arguments `<name>Initializer`, `<name>Regularizer` and `<name>Constraint`. */
  constructor(
    layer: string,
    readonly name: string,
    args: object,
    start: Initializer,
  ) {
    const resolve = (rule: 'Initializer' | 'Regularizer' | 'Constraint') =>
      fromIdentifier(layer, name + rule, (args as Record<string, object>)[name + rule]);
    this.initializer = (resolve('Initializer') as Initializer | null) ?? start;
    this.regularizer = resolve('Regularizer') as Regularizer | null;
    this.constraint = resolve('Constraint') as Constraint | null;
  }

  /** The current value; null if the layer has no such weight. */
  read(): Tensor | null {
    const {variable, constraint} = this;
    // tfjs's optimizers go past the constraint: it holds for what is written only.
    if (constraint != null) variable?.write(clone(variable.read()));
    return variable?.read() ?? null;
  }

  getConfig(): serialization.ConfigDict {
    return {
      [`${this.name}Initializer`]: toIdentifier(this.initializer),
      [`${this.name}Regularizer`]: toIdentifier(this.regularizer),
      [`${this.name}Constraint`]: toIdentifier(this.constraint),
    };
  }
}
