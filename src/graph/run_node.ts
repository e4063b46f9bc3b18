/** A node of ours as it runs. */
import * as tf from '@tensorflow/tfjs-core';
import {hasKernels} from '../kernels/run.js';
import {normalized} from '../ops/normalized.js';
import {compute} from './compute.js';
import {isUniform} from './constants.js';
import {type Expression, INPUT} from './expression.js';
import type {Leaf} from './interpretation.js';
import {Behind, fitTogether, inShape, Params} from './node_params.js';
import {commonAxes, type Plan, planOf} from './plan.js';
import {orRefused, Refused} from './refusal.js';

/** Computes an expression of its leaves: in one kernel if it is a normalization, else in its own ops. */
export function runExpression(expression: Expression, inputs: readonly tf.Tensor[]): tf.Tensor {
  const isUsable =
    inputs[INPUT].size > 0 &&
    inputs[INPUT].dtype === 'float32' &&
    (hasKernels(tf.getBackend()) || hasBatchNorm(expression));
  const plan = isUsable ? cachedPlan(expression, inputs) : null;
  return (plan && runPlan(plan, inputs)) ?? compute(expression, inputs);
}

/** This one has no ops of its own in tfjs. */
const hasBatchNorm = ({steps}: Expression): boolean =>
  steps.some(({op}) => op.startsWith('fusedbatchnorm'));

const plans = new WeakMap<Expression, Map<string, Plan | null>>();
/** More than this many shapes are no longer worth their memory. */
const MOST = 64;

function cachedPlan(expression: Expression, inputs: readonly tf.Tensor[]): Plan | null {
  const leaves = readLeaves(expression, inputs);
  if (leaves == null) return null;
  const key = leaves.map(({shape, key}) => `${shape!.join()}:${key}`).join(';');
  const known = plans.get(expression) ?? new Map<string, Plan | null>();
  plans.set(expression, known);
  let plan = known.get(key);
  if (plan === undefined) {
    const made = orRefused(() => planOf(expression, leaves));
    plan = made instanceof Refused ? null : made;
    if (known.size === MOST) known.clear();
    known.set(key, plan);
  }
  return plan;
}

/** Null where values cannot be read: WebGPU gives back none that is on the GPU where there is no canvas. */
function readLeaves(
  expression: Expression,
  inputs: readonly tf.Tensor[],
): ReturnType<typeof leavesOf> | null {
  try {
    return leavesOf(expression, inputs);
  } catch {
    return null;
  }
}

type Read = {values: ArrayLike<number> | null; key: string};

/** Values of constants, which are the same in every run. */
const constants = new WeakMap<tf.Tensor, Read>();

/** Weights with more values are parameters. */
const LARGEST = 32;

function leavesOf(
  expression: Expression,
  inputs: readonly tf.Tensor[],
): Array<Leaf & {key: string}> {
  const {leaves, constants: fixed, numbers} = expression;
  const ofBatchNorm = new Set(batchNormParams(expression));
  return inputs.slice(0, leaves).map((input, i) => {
    const isConstant = fixed.includes(i);
    const {shape} = input;
    let read: Read = {values: null, key: ''};
    if (numbers.includes(i) && !isConstant) read = readOf(input);
    else if (isConstant && (input.size <= LARGEST || ofBatchNorm.has(i))) {
      read = constants.get(input) ?? readOf(input);
      constants.set(input, read);
    }
    const {values, key} = read;
    return {shape, isConstant, values: () => values, key};
  });
}

/** The leaves that are the scale or the offset of a batch norm, most of which are 1 or 0 everywhere. */
const batchNormParams = ({steps}: Expression): number[] =>
  steps.flatMap(({op, inputs}) => (op.startsWith('fusedbatchnorm') ? inputs.slice(1) : []));

/** The values; of many only, whether they are one number. */
function readOf(t: tf.Tensor): Read {
  const values = t.dataSync<'float32' | 'int32'>();
  if (t.size <= LARGEST) return {values, key: values.join()};
  return isUniform(values) ? {values, key: `all ${values[0]}`} : {values: null, key: ''};
}

/** Null where the shapes of the input and of the result have no axes in common, or a parameter belongs to none of these. */
function runPlan(plan: Plan, inputs: readonly tf.Tensor[]): tf.Tensor | null {
  const x = inputs[INPUT];
  const common = commonAxes(x.shape, plan.outer);
  if (common == null) return null;
  const {shape, ofA} = common;
  const reduced = plan.axes.flatMap(axis => ofA[axis]);
  const groupSize = reduced.reduce((size, axis) => size * shape[axis], 1);
  if (groupSize === 1) return null;
  const result = orRefused(() =>
    tf.tidy(() => {
      const params = new Params(plan, inputs, x.shape, common, groupSize);
      const [gamma, beta] = [params.gamma(), params.beta()];
      const isFused = [gamma, beta].map(param => param == null || param.fuses);
      // A step behind a gamma that does not fit comes behind it as well.
      const fits = [isFused[0], isFused[0] && isFused[1] && fitTogether(gamma, beta, x.size)];
      const {statistic, epsilon} = plan;
      const {y} = normalized(
        inShape(x, shape),
        // Parameters are aligned from the last axis on, as in the file.
        {statistic, epsilon, reduced, features: []},
        {gamma: fits[0] ? gamma?.common : null, beta: fits[1] ? beta?.common : null},
      );
      let behind = new Behind(y, plan.outer);
      if (gamma != null && !fits[0]) behind = behind.apply(tf.mul, gamma);
      if (beta != null && !fits[1]) behind = behind.apply(tf.add, beta);
      return behind.inOuter();
    }),
  );
  if (result instanceof Refused) return null;
  // A constant may have given it more axes of size 1.
  return result.size === tf.util.sizeFromShape([...plan.shape])
    ? inShape(result, plan.shape)
    : null;
}
