import * as tf from '@tensorflow/tfjs-core';
import {type GivenGrads, normalizeGivenGrads} from '../gradients/normalize_given_grad.js';
import {hasKernels} from '../kernels/run.js';
import {MOMENTS} from '../statistic.js';
import {sum} from '../sum.js';
import {epsilonOf, gradientsOfBatch} from './batch_norm_of_batch.js';
import {batchNormView, flattened} from './batch_norm_view.js';
import type {Make} from './replacement.js';

/** The tensors that tfjs saves for the gradient; an absent scale comes last, and is then not there. */
const SAVED = ['x', 'mean', 'variance', 'scale'];

type Config = tf.GradConfig & {saveOnly?: (inputs: string[]) => void};

/** Tells the gradient which inputs the call has that is being recorded: tfjs saves no absent one. */
export function saveInputs(inputs: string[]): void {
  const {gradientDepth, kernelDepth} = tf.engine().state;
  // One, since this runs within a kernel.
  if (gradientDepth === 0 || kernelDepth !== 1) return;
  (tf.getGradient(tf.FusedBatchNorm) as Config).saveOnly?.(inputs);
}

/** The gradient of tfjs's `FusedBatchNorm`, by our kernels. */
export const fusedBatchNormGrad: Make<Config> = (before, isHeld) => {
  let names = SAVED;
  return {
    ...before,
    saveOnly: inputs => {
      names = SAVED.filter(name => inputs.includes(name));
    },
    // tfjs asks for it as soon as the kernel has run. Kernels that are not ours have all inputs.
    get inputsToSave() {
      const now = names;
      names = SAVED;
      return now;
    },
    gradFunc: (dys, saved, attrs) => {
      const ours = isHeld() && hasKernels(tf.getBackend());
      return (ours ? gradients(dys, saved, attrs) : null) ?? before.gradFunc(dys, saved, attrs);
    },
  };
};

function gradients(
  dys: tf.Tensor | tf.Tensor[],
  [x, ...params]: tf.Tensor[],
  attrs: tf.NamedAttrMap,
): Record<string, () => tf.Tensor> | null {
  const [mean0, , scale0] = params;
  const ofBatch = gradientsOfBatch(
    [dys].flat()[0],
    {x, mean: mean0, scale: scale0},
    epsilonOf(attrs),
  );
  if (ofBatch != null) return ofBatch;
  const found = batchNormView(x, params);
  if (found?.view == null) return null;
  const {common, view} = found;
  const epsilon = epsilonOf(attrs);
  const [mean, variance, gamma = tf.onesLike(mean)] = params.map(param => flattened(param, common));
  const given = {x, mean, variance, gamma};
  const viewAttrs = {view, statistic: MOMENTS, epsilon};
  const grads = normalizeGivenGrads([dys].flat()[0], given, viewAttrs, true);
  const of =
    (name: keyof GivenGrads, {shape}: tf.Tensor) =>
    () => {
      const grad = grads[name]();
      // tfjs disposes of a gradient that it adds another to, which the others here may need still.
      return tf.util.arraysEqual(shape, grad.shape)
        ? tf.clone(grad)
        : sumTo(tf.reshape(grad, common), shape);
    };
  const [$mean, $variance, $scale = $mean] = params;
  return {
    x: grads.x,
    mean: of('mean', $mean),
    variance: of('variance', $variance),
    scale: of('gamma', $scale),
    // It is not saved; tfjs wants it in the shape of the mean too.
    offset: of('beta', $mean),
  };
}

/** The gradient of a tensor of this shape, of what it has been repeated to. */
function sumTo(dy: tf.Tensor, shape: number[]): tf.Tensor {
  const missing = dy.rank - shape.length;
  const axes = dy.shape.map((_, axis) => axis);
  const repeated = axes.filter(axis => dy.shape[axis] !== (shape[axis - missing] ?? 1));
  return tf.reshape(repeated.length > 0 ? sum(dy, repeated) : dy, shape);
}
