import {check, show} from '../check.js';
import {isModel} from './graph.js';

/** Checks that this is a model of tf.layers that can run. */
export function checkModel(op: string, model: unknown): void {
  check(
    isModel(model),
    op,
    () =>
      `model must be a model of tf.layers (tf.sequential, tf.model, tf.loadLayersModel), ` +
      `made with the tfjs that this package uses, but is ${show(model)}.`,
  );
  const {_refCount: users} = model as unknown as {_refCount: number};
  check(users !== 0, op, () => `model must not be disposed of, but ${model.name} is.`);
  check(model.inputs.length > 0, op, () => `model must have layers, but ${model.name} has none.`);
}
