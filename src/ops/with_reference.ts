import * as tf from '@tensorflow/tfjs-core';
import {shareWithTape, sharesWithTape} from '../share_with_tape.js';
import {untaped} from '../untaped.js';

type Fused = {
  /** The result, and what the backward pass needs of it beside the inputs. */
  forward: () => {y: tf.Tensor; saved: tf.Tensor[]};
  /** The gradients of all inputs, which may be gone by then but for what it is given. */
  backward: (dy: tf.Tensor, inputs: tf.Tensor[], saved: tf.Tensor[]) => tf.Tensor[];
  /** The same result in ops that have gradients of every order. */
  reference: (...inputs: tf.Tensor[]) => tf.Tensor;
};

/**
 * An op with a gradient in few kernels. These have no gradients themselves, so that a gradient which is itself
 * differentiated is that of the reference.
 */
export function withReference(
  inputs: tf.Tensor[],
  {forward, backward, reference}: Fused,
): tf.Tensor {
  const {y, saved} = untaped(forward);
  const shares = sharesWithTape();
  const op = tf.customGrad((...args: unknown[]) => {
    const save = args[inputs.length] as tf.GradSaveFunc;
    // The engine would take what is both made and saved here for a leak.
    if (!shares) save([...(args.slice(0, inputs.length) as tf.Tensor[]), ...saved]);
    const gradFunc = (dy: tf.Tensor, kept: tf.Tensor[]) => {
      const own = kept.slice(0, inputs.length);
      return tf.engine().state.gradientDepth > 0
        ? tf.grads(reference)(own, dy)
        : backward(dy, own, kept.slice(inputs.length));
    };
    return {value: y, gradFunc};
  });
  const result = op(...inputs);
  if (shares) shareWithTape([...inputs, ...saved]);
  return result;
}
