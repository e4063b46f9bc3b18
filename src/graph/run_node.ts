/** A node of ours as it runs. */
import * as tf from '@tensorflow/tfjs-core';
import {hasKernels} from '../kernels/run.js';
import {normalized} from '../ops/normalized.js';
import {compute} from './compute.js';
import {isUniform} from './constants.js';
import {type Expression, INPUT} from './expression.js';
import type {Leaf} from './interpretation.js';
import {type Common, commonAxes, type Plan, planOf} from './plan.js';
import {orRefused, Refused} from './refusal.js';
import {atRank} from './shapes.js';

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

/** Null where the shapes of the input and of the result have no axes in common. */
function runPlan(plan: Plan, inputs: readonly tf.Tensor[]): tf.Tensor | null {
  const x = inputs[INPUT];
  const common = commonAxes(x.shape, plan.outer);
  if (common == null) return null;
  const {shape, ofA} = common;
  const reduced = plan.axes.flatMap(axis => ofA[axis]);
  const groupSize = reduced.reduce((size, axis) => size * shape[axis], 1);
  if (groupSize === 1) return null;
  const result = tf.tidy(() => {
    const params = new Params(plan, inputs, x.shape, common, groupSize);
    const [gamma, beta] = [params.gamma(), params.beta()];
    const isFused = [gamma, beta].map(param => param == null || param.fused != null);
    // A step behind a gamma that does not fit comes behind it as well.
    const fits = [isFused[0], isFused[0] && isFused[1]];
    const {statistic, epsilon} = plan;
    const {y} = normalized(
      inShape(x, shape),
      // Parameters are aligned from the last axis on, as in the file.
      {statistic, epsilon, reduced, features: []},
      {gamma: fits[0] ? gamma?.fused : null, beta: fits[1] ? beta?.fused : null},
    );
    let result = inShape(y, plan.outer);
    if (gamma != null && !fits[0]) result = tf.mul(result, gamma.plain);
    if (beta != null && !fits[1]) result = tf.add(result, beta.plain);
    return result;
  });
  // A constant may have given it more axes of size 1.
  return result.size === tf.util.sizeFromShape([...plan.shape])
    ? inShape(result, plan.shape)
    : null;
}

/** Without an op, where that is its shape already. */
const inShape = (t: tf.Tensor, shape: readonly number[]): tf.Tensor =>
  tf.util.arraysEqual(t.shape, [...shape]) ? t : tf.reshape(t, [...shape]);

/** A parameter as its file has it, and as our kernels take it, if they can. */
type Param = {plain: tf.Tensor; fused: tf.Tensor | null};

class Params {
  constructor(
    private readonly plan: Plan,
    private readonly inputs: readonly tf.Tensor[],
    private readonly inner: readonly number[],
    private readonly common: Common,
    private readonly groupSize: number,
  ) {}

  gamma(): Param | null {
    const {scale, factors} = this.plan.gamma;
    if (scale === 1 && factors.length === 0) return null;
    return this.times(scale, factors);
  }

  beta(): Param | null {
    const terms = this.plan.beta.map(({coefficient, factors}) => this.times(coefficient!, factors));
    if (terms.length === 0) return null;
    return terms.reduce((a, b) => this.both(a, b, tf.add));
  }

  private times(scale: number, factors: readonly string[]): Param {
    const [first, ...others] = factors.map(factor => this.leaf(factor));
    if (first == null) return this.number(scale);
    const product = others.reduce((a, b) => this.both(a, b, tf.mul), first);
    return scale === 1 ? product : this.both(product, this.number(scale), tf.mul);
  }

  private number(value: number): Param {
    const plain = tf.scalar(value);
    return {plain, fused: plain};
  }

  private both(a: Param, b: Param, op: (a: tf.Tensor, b: tf.Tensor) => tf.Tensor): Param {
    const plain = op(a.plain, b.plain);
    const isSame = a.fused === a.plain && b.fused === b.plain;
    return {plain, fused: isSame ? plain : a.fused && b.fused && op(a.fused, b.fused)};
  }

  /** A leaf beside the axes that it belongs to: those of the input, or of the result. */
  private leaf(factor: string): Param {
    const given = this.inputs[Number(factor.slice(1))];
    if (factor.startsWith('o')) return this.aligned(given, this.plan.outer, this.common.ofB);
    const isChannels = factor.startsWith('c') && given.size > 1;
    const sizes = this.inner.map((size, axis) => (axis === 1 ? size : 1));
    const plain = isChannels ? inShape(given, sizes) : given;
    return this.aligned(plain, this.inner, this.common.ofA);
  }

  private aligned(plain: tf.Tensor, target: readonly number[], axes: Common['ofA']): Param {
    const shape = atRank(plain.shape, target.length);
    const isWhole = plain.size === tf.util.sizeFromShape([...target]);
    const fits = shape?.every((size, axis) => size === 1 || size === target[axis]) === true;
    if (!fits || (isWhole && plain.size > this.groupSize)) return {plain, fused: null};
    // With the same axes it is broadcast as it is.
    if (target === this.common.shape && plain.rank <= target.length) return {plain, fused: plain};
    const sizes = this.common.shape.map(() => 1);
    shape.forEach((size, axis) => {
      if (size > 1) for (const part of axes[axis]) sizes[part] = this.common.shape[part];
    });
    // Kernels align it from the last axis on.
    const own = sizes.slice(sizes.findIndex(size => size > 1));
    const isAligned = tf.util.arraysEqual(own, plain.shape);
    return {plain, fused: isAligned ? plain : inShape(plain, sizes)};
  }
}
