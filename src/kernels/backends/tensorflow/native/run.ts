import * as tf from '@tensorflow/tfjs-core';
import type {NormalizeAttrs} from '../../../contract.js';
import {flagsOf} from '../../../host/kernels.js';
import type {NodeBackend} from '../tensorflow.js';
import {hasStatus, OPS, whyNotNative} from './ops.js';
import {planTensor} from './plan.js';

const OUT_OF_RANGE = 11;

/** A kernel as a single op of TensorFlow, in place; empty where it must be composed of others. */
export function runNative(
  kernelName: string,
  backend: NodeBackend,
  inputs: Record<string, tf.TensorInfo>,
  {view, statistic, epsilon}: NormalizeAttrs,
): tf.Tensor[] {
  if (whyNotNative(backend) != null) return [];
  const kernel = OPS[kernelName as keyof typeof OPS];
  const plan = planTensor(view, kernelName);
  if (plan == null) return [];
  const {TF_ATTR_INT, TF_ATTR_FLOAT} = backend.binding;
  const attrs = [
    {name: 'statistic', type: TF_ATTR_INT, value: flagsOf(statistic)},
    {name: 'epsilon', type: TF_ATTR_FLOAT, value: epsilon},
  ];
  const tensors: tf.TensorInfo[] = kernel.inputs.map(name => inputs[name]);
  try {
    return backend.executeMultipleOutputs(
      kernel.op,
      attrs,
      [...tensors, tf.tensor1d(plan)],
      kernel.outputs,
    );
  } catch (error) {
    // Of float32, which the composition knows how to scale.
    if (hasStatus(error, OUT_OF_RANGE)) return [];
    throw error;
  }
}
