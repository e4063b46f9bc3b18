import {op as tfOp} from '@tensorflow/tfjs-core';
import {checkArguments, type Options} from '../options.js';

/** The type of a function's last argument. */
type ConfigOf<F extends (...args: never[]) => unknown> =
  Required<Parameters<F>> extends [...unknown[], infer Config] ? Config : never;

/**
 * The op of a function `name_`, as tf.op makes it, which checks how it is called; see
 * `checkArguments`.
 */
/* @__NO_SIDE_EFFECTS__ */
export function defineOp<F extends (...args: never[]) => unknown>(
  functions: {[name_: string]: F},
  params: string[],
  options: Options<ConfigOf<F>>,
): F {
  const [[name_, f]] = Object.entries(functions);
  const name = name_.slice(0, -1);
  const checked = (...args: never[]) => {
    checkArguments(name, args, params, options);
    return f(...args);
  };
  return tfOp({[name_]: checked}) as unknown as F;
}
