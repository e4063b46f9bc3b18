import * as tf from '@tensorflow/tfjs-core';
import {
  type AttrsOf,
  type KernelName,
  type NormalizeAttrs,
  type Output,
  OUTPUTS,
} from '../../../contract.js';
import {bitsOf, codeOf, flagsOf} from '../../../host/call.js';
import {planOf, takesGate} from '../../../host/plan.js';
import type {Inputs} from '../../../register.js';
import type {NodeBackend} from '../node_backend.js';
import {hasStatus, OPS, whyNotNative} from './ops.js';

const OUT_OF_RANGE = 11;

/** A kernel as a single op of TensorFlow, in place; null where it must run in another way. */
export function runNative<Name extends KernelName>(
  name: Name,
  backend: NodeBackend,
  inputs: Inputs,
  attrs: AttrsOf[Name],
): tf.TensorInfo[] | null {
  if (whyNotNative(backend) != null) return null;
  const outputs = OUTPUTS[name](attrs, inputs['x'].shape);
  const names = [...Object.keys(inputs), ...outputs.map(output => output.name)];
  const plan = planOf(attrs.view, name, attrs.activation != null);
  if ('gate' in inputs && !takesGate(plan)) return null;
  const results = tf.tidy(() => {
    const {gammaOffset = 0} = attrs;
    const gamma = inputs['gamma'] as tf.Tensor;
    const given = gammaOffset === 0 ? inputs : {...inputs, gamma: tf.add(gamma, gammaOffset)};
    const made = execute(name, backend, given, attrs, names, tf.tensor1d(plan));
    return made.length === 0 ? made : outputs.map(output => pick(backend, made, name, output));
  });
  return results.length === 0 ? null : results;
}

function pick(
  backend: NodeBackend,
  made: tf.Tensor[],
  kernel: KernelName,
  {name, shape}: Output,
): tf.Tensor {
  const tensor = made[OPS[kernel].outputs.indexOf(name)];
  if (tf.util.arraysEqual(tensor.shape, shape)) return tensor;
  // tf.reshape breaks on Node 23 and later (docs/node.md).
  return backend.executeMultipleOutputs('Reshape', [], [tensor, tf.tensor1d(shape, 'int32')], 1)[0];
}

/**
 * All outputs of the op, those that are not wanted without elements; none at all where the squares of
 * x leave the range of float32. In the place of inputs that are not there, any tensor will do.
 */
function execute(
  name: KernelName,
  backend: NodeBackend,
  inputs: Inputs,
  {statistic, epsilon, activation, ...others}: NormalizeAttrs,
  names: readonly string[],
  plan: tf.Tensor,
): tf.Tensor[] {
  const {op, inputs: expected, outputs} = OPS[name];
  const {momentum = 0, alpha} = others as {momentum?: number; alpha?: number | null};
  const {TF_ATTR_INT, TF_ATTR_FLOAT} = backend.binding;
  const attrs = [
    {name: 'statistic', type: TF_ATTR_INT, value: flagsOf(statistic)},
    {name: 'wanted', type: TF_ATTR_INT, value: bitsOf(names)},
    {name: 'activation', type: TF_ATTR_INT, value: codeOf(activation)},
    {name: 'alpha', type: TF_ATTR_FLOAT, value: alpha ?? 1},
    {name: 'epsilon', type: TF_ATTR_FLOAT, value: epsilon},
    {name: 'momentum', type: TF_ATTR_FLOAT, value: momentum},
    {name: 'momentum_rest', type: TF_ATTR_FLOAT, value: momentum - Math.fround(momentum)},
  ];
  const given = expected.map(input => inputs[input] ?? inputs['x']);
  try {
    return backend.executeMultipleOutputs(op, attrs, [plan, ...given], outputs.length);
  } catch (error) {
    if (hasStatus(error, OUT_OF_RANGE)) return [];
    throw error;
  }
}
