import {type Tensor, unstack} from '@tensorflow/tfjs-core';

/** `dgamma` and `dbeta`, whichever of the contract's two ways the kernel gives them. */
export function apart(dparams: Tensor | Tensor[]): Tensor[] {
  const [first, ...others] = Array.isArray(dparams) ? dparams : [dparams];
  return others.length === 0 ? unstack(first) : [first, ...others];
}
