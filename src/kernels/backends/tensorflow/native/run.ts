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
import {DEFAULTS} from '../../../defaults.js';
import type {Inputs} from '../../../register.js';
import {paramCount} from '../../../../view.js';
import type {NodeBackend, TensorMetadata} from '../node_backend.js';
import {hasStatus, OPS, whyNotNative} from './ops.js';
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
  const run = (inputs: Inputs) =>
    withPlan(backend, name, attrs.view, plan => {
      const made = execute(name, backend, inputs, attrs, outputs, plan);
      return made && tensorsOf(backend, made, name, outputs);
    });
  const {gammaOffset = 0} = attrs;
  if (gammaOffset === 0) return run(inputs);
  const gamma = tf.add(inputs['gamma'] as tf.Tensor, gammaOffset);
  try {
    return run({...inputs, gamma});
  } finally {
    gamma.dispose();
  }
}

/**
 * All outputs of the op, those that are not wanted without elements; null where the squares of x leave the
 * range of float32. In the place of inputs that are not there, any tensor will do.
 *
 * This is what tfjs-node's `executeMultipleOutputs` does, but the outputs that nobody wants are not made
 * tensors of tfjs, which takes as long as a small tensor's loops.
 */
function execute(
  name: KernelName,
  backend: NodeBackend,
  inputs: Inputs,
  {view, statistic, epsilon, activation, ...others}: NormalizeAttrs,
  wanted: readonly Output[],
  plan: number,
): TensorMetadata[] | null {
  const {op, inputs: expected, outputs} = OPS[name];
  const {momentum = 0, alpha} = others as {momentum?: number; alpha?: number | null};
  const {binding} = backend;
  const {TF_ATTR_INT, TF_ATTR_FLOAT} = binding;
  const bits = bitsOf(Object.keys(inputs)) | bitsOf(wanted.map(output => output.name));
  const attrs = [
    {name: 'statistic', type: TF_ATTR_INT, value: flagsOf(statistic)},
    {name: 'wanted', type: TF_ATTR_INT, value: bits},
    {name: 'activation', type: TF_ATTR_INT, value: codeOf(activation)},
    {name: 'alpha', type: TF_ATTR_FLOAT, value: alpha ?? 1},
    {name: 'epsilon', type: TF_ATTR_FLOAT, value: epsilon},
    {name: 'momentum', type: TF_ATTR_FLOAT, value: momentum},
    {name: 'momentum_rest', type: TF_ATTR_FLOAT, value: momentum - Math.fround(momentum)},
  ];
  const ids = backend.getInputTensorIds(expected.map(input => inputs[input] ?? inputs['x']));
  for (const [input, value] of DEFAULTS[name]) {
    if (inputs[input] == null) {
      ids[expected.indexOf(input)] = constantTensor(backend, value, paramCount(view));
    }
  }
  try {
    return binding.executeOp(op, attrs, [plan, ...ids], outputs.length);
  } catch (error) {
    if (hasStatus(error, OUT_OF_RANGE)) return null;
    throw error;
  }
}

/** The wanted outputs as tensors of tfjs; the others are deleted. */
function tensorsOf(
  backend: NodeBackend,
  made: readonly TensorMetadata[],
  kernel: KernelName,
  wanted: readonly Output[],
): tf.Tensor[] {
  const {binding} = backend;
  const left = new Set(made);
  try {
    return wanted.map(({name, shape}) => {
      const output = made[OPS[kernel].outputs.indexOf(name)];
      if (!tf.util.arraysEqual(output.shape, shape)) {
        return backend.createOutputTensor(reshaped(binding, output, shape));
      }
      left.delete(output);
      return backend.createOutputTensor(output);
    });
  } finally {
    for (const {id} of left) binding.deleteTensor(id);
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
