import * as tf from '@tensorflow/tfjs-core';
import {broadcastTo} from '../any_rank.js';
import {asAttrMap, FusedNormalizeGiven} from '../kernels/contract.js';
import {hasKernels} from '../kernels/run.js';
import {MOMENTS} from '../statistic.js';
import {batchNormOfBatch, epsilonOf} from './batch_norm_of_batch.js';
import {batchNormView, flattened} from './batch_norm_view.js';
import {saveInputs} from './fused_batch_norm_grad.js';
import {hasOneLaunch} from './one_launch.js';
import {holdersOf, type Make} from './replacement.js';

/** tfjs takes its batch norm without the last two as well. */
const PARAMS = ['mean', 'variance', 'scale', 'offset'] as const;
type Param = (typeof PARAMS)[number];
/** tfjs hands tensors to kernels. */
type Inputs = {x: tf.Tensor} & Partial<Record<Param, tf.Tensor>>;

/** tfjs's kernel `FusedBatchNorm` of a backend, by our kernel for given statistics. */
export const fusedBatchNorm: Make<tf.KernelConfig> = (before, isHeld) => {
  const ours: tf.KernelConfig = {
    ...before,
    kernelFunc: args => {
      if (!isHeld() || !hasKernels(tf.getBackend())) return before.kernelFunc(args);
      const inputs = args.inputs as Inputs;
      // tfjs lists absent inputs as undefined, and then fails to record them (tensorflow/tfjs#2868).
      for (const name of PARAMS) if (inputs[name] == null) Reflect.deleteProperty(inputs, name);
      // A second copy of tfjs, loaded later, has registered its gradient for all.
      if (holdersOf(tf.getGradient(tf.FusedBatchNorm)).size === 0)
        for (const holder of holdersOf(ours)) holder.refresh();
      saveInputs(Object.keys(inputs));
      return run(inputs, args, before.kernelFunc);
    },
  };
  return ours;
};

function run(
  {x, ...params}: Inputs,
  args: Parameters<tf.KernelFunc>[0],
  before: tf.KernelFunc,
): ReturnType<tf.KernelFunc> {
  const trained = batchNormOfBatch({x, ...params}, epsilonOf(args.attrs));
  if (trained != null) return trained;
  const found = batchNormView(x, Object.values(params));
  if (found == null || hasOneLaunch(tf.getBackend())) return before(args);
  const {common, view} = found;
  const each = (f: (param: tf.Tensor) => tf.Tensor) =>
    Object.fromEntries(Object.entries(params).map(([name, param]) => [name, f(param)]));
  if (view == null) {
    const areWhole = Object.values(params).every(({size}) => size === x.size);
    // The kernels of cpu and wasm would repeat the values, whatever axis they belong to.
    return areWhole
      ? before(args)
      : tf.tidy(() => {
          const inputs = {x, ...each(param => broadcastTo(param, common))};
          return before({...args, inputs}) as tf.Tensor;
        });
  }
  const attrs = asAttrMap({view, statistic: MOMENTS, epsilon: epsilonOf(args.attrs)});
  return tf.tidy(() => {
    const flat = [tf.util.sizeFromShape(common)];
    const {
      mean,
      variance,
      scale: gamma = tf.ones(flat),
      offset: beta = tf.zeros(flat),
    } = each(param => flattened(param, common));
    const given = {x, mean, variance, gamma, beta};
    return tf.engine().runKernel<tf.Tensor[]>(FusedNormalizeGiven, given, attrs)[0];
  });
}
