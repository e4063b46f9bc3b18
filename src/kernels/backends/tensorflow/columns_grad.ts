import * as tf from '@tensorflow/tfjs-core';
import type {NormalizeAttrs} from '../../contract.js';
import type {GradGroups, GradInputs, Grads} from './grad_groups.js';
import type {TensorFlow} from './tensorflow.js';

// TensorFlow adds columns up in plain float32.
const LONGEST = 2 ** 17;

/** Whether TensorFlow has all of the gradient in one op. */
export function fitsColumns(
  ops: TensorFlow,
  {dmean, dspread}: GradGroups,
  {view, statistic}: NormalizeAttrs,
): boolean {
  return (
    statistic.center &&
    view.length === 2 &&
    view[0].reduced &&
    !view[1].reduced &&
    !view[0].param &&
    view[0].size <= LONGEST &&
    dmean.every(d => d === 0) &&
    dspread.every(d => d === 0) &&
    ops.hasColumnsGrad
  );
}

export function columnsGrad(
  ops: TensorFlow,
  inputs: GradInputs,
  {x, mean, rstd}: GradGroups,
  {view: [{size: rows}, {size: columns, param}]}: NormalizeAttrs,
): Grads {
  const gamma = inputs.gamma == null ? new Float32Array(1).fill(1) : ops.read(inputs.gamma);
  const [dx, dgamma, dbeta] = ops.columnsGrad(
    ops.reshape(inputs.dy, [rows, columns]),
    ops.reshape(x, [rows, columns]),
    tf.tensor1d(Float32Array.from(mean, (_, c) => gamma[c % gamma.length])),
    tf.tensor1d(Float32Array.from(mean)),
    // Epsilon is in there.
    tf.tensor1d(Float32Array.from(rstd, r => 1 / r ** 2)),
  );
  return {
    dx: () => dx,
    dparams: () => {
      const both = [dgamma, dbeta].map(t => ops.read(t));
      const sums = param ? both : both.map(t => [t.reduce((a, b) => a + b)]);
      return tf.tensor2d(sums.map(t => Array.from(t)));
    },
  };
}
