import * as tf from '@tensorflow/tfjs-core';
import {
  type AttrsOf,
  type KernelName,
  type NormalizeAttrs,
  type Output,
  OUTPUTS,
} from '../../../contract.js';
import {bitOf, bitsOf, codeOf, flagsOf} from '../../../host/call.js';
import {planOf, takesGate} from '../../../host/plan.js';
import {DEFAULTS} from '../../../defaults.js';
import type {Inputs} from '../../../register.js';
import {paramCount} from '../../../../view.js';
import type {NodeBackend, TensorMetadata} from '../node_backend.js';
import {countsOf, hasStatus, OPS, whyNotNative} from './ops.js';
import {constantTensor, withPlan} from './held_tensors.js';

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
  if ('gate' in inputs && !takesGate(planOf(attrs.view, name))) return null;
  const {gammaOffset = 0} = attrs;
  if (gammaOffset === 0) return execute(name, backend, inputs, attrs, outputs);
  const gamma = tf.add(inputs['gamma'] as tf.Tensor, gammaOffset);
  try {
    return execute(name, backend, {...inputs, gamma}, attrs, outputs);
  } finally {
    gamma.dispose();
  }
}

/**
 * The outputs of the op; null where the squares of x leave the range of float32.
 *
 * This is what tfjs-node's `executeMultipleOutputs` does, but for the inputs that were left out.
 */
function execute(
  kernel: KernelName,
  backend: NodeBackend,
  inputs: Inputs,
  {view, statistic, epsilon, activation, ...others}: NormalizeAttrs,
  outputs: readonly Output[],
): tf.Tensor[] | null {
  const {momentum = 0, alpha} = others as {momentum?: number; alpha?: number | null};
  let arrays = DEFAULT_BITS[kernel];
  for (const input in inputs) arrays |= bitOf(input);
  for (const {name} of outputs) arrays |= bitOf(name);
  const head = {
    ...{kernel, arrays, epsilon, momentum, alpha: alpha ?? 1},
    ...{statistic: flagsOf(statistic), activation: codeOf(activation)},
  };
  return withPlan(backend, view, head, plan => {
    const given = plan.inputs.map(input => inputs[input] ?? inputs['x']);
    const ids = backend.getInputTensorIds(given);
    for (const [input, value] of DEFAULTS[kernel]) {
      if (inputs[input] != null) continue;
      ids[plan.inputs.indexOf(input)] = constantTensor(backend, value, paramCount(view));
    }
    ids.unshift(plan.id);
    const made = executeOp(backend, kernel, ids, plan.outputs.length);
    return (
      made &&
      outputs.map(({name, shape}) => tensorOf(backend, made[plan.outputs.indexOf(name)], shape))
    );
  });
}

/** The arrays that a call has though they be left out. */
const DEFAULT_BITS: Readonly<Record<KernelName, number>> = {
  FusedNormalize: bitsOfDefaults('FusedNormalize'),
  FusedNormalizeGrad: bitsOfDefaults('FusedNormalizeGrad'),
  FusedNormalizeGiven: bitsOfDefaults('FusedNormalizeGiven'),
};
function bitsOfDefaults(kernel: KernelName): number {
  return bitsOf(DEFAULTS[kernel].map(([input]) => input));
}

function executeOp(
  backend: NodeBackend,
  kernel: KernelName,
  ids: number[],
  outputs: number,
): TensorMetadata[] | null {
  const counts = countsOf(backend, ids.length - 1, outputs);
  try {
    return backend.binding.executeOp(OPS[kernel], counts, ids, outputs);
  } catch (error) {
    if (hasStatus(error, OUT_OF_RANGE)) return null;
    throw error;
  }
}

/** An output as a tensor of tfjs, which has the shape that is asked for. */
function tensorOf(backend: NodeBackend, output: TensorMetadata, shape: number[]): tf.Tensor {
  if (tf.util.arraysEqual(output.shape, shape)) return backend.createOutputTensor(output);
  const {binding} = backend;
  try {
    return backend.createOutputTensor(reshaped(binding, output, shape));
  } finally {
    binding.deleteTensor(output.id);
  }
}

/** Another tensor with the same values. tf.reshape breaks on Node 23 and later (docs/node.md). */
function reshaped(
  binding: NodeBackend['binding'],
  {id}: TensorMetadata,
  shape: number[],
): TensorMetadata {
  const sizes = binding.createTensor([shape.length], binding.TF_INT32, Int32Array.from(shape));
  try {
    return binding.executeOp('Reshape', [], [id, sizes], 1)[0];
  } finally {
    binding.deleteTensor(sizes);
  }
}
