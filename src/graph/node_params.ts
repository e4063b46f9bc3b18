/** The parameters of a node of ours as it runs, and what does not fit into its kernel. */
import * as tf from '@tensorflow/tfjs-core';
import type {Common, Plan} from './plan.js';
import {Refused} from './refusal.js';
import {atRank} from './shapes.js';

/** Without an op, where that is its shape already. */
export const inShape = (t: tf.Tensor, shape: readonly number[]): tf.Tensor =>
  tf.util.arraysEqual(t.shape, [...shape]) ? t : tf.reshape(t, [...shape]);

type Param = {
  /** As the file has it, beside the result; null if it belongs to the input, and that is reshaped before. */
  plain: tf.Tensor | null;
  /** In the common axes of input and result; null if it has others. */
  common: tf.Tensor | null;
  /** Whether the kernels take it. */
  fuses: boolean;
};

/**
 * Whether the kernels take both at once. They have one value for each element of the axes of either: where
 * that is nearly as many as the input has, to widen them takes longer than to add one behind.
 */
export function fitTogether(gamma: Param | null, beta: Param | null, size: number): boolean {
  if (gamma?.common == null || beta?.common == null) return true;
  const [a, b] = [gamma.common, beta.common];
  const both = tf.util.sizeFromShape(tf.backend_util.assertAndGetBroadcastShape(a.shape, b.shape));
  return both === Math.min(a.size, b.size) || 4 * both <= size;
}

/** The parameters of a plan, made of its leaves. @throws Refused, where they belong to two shapes. */
export class Params {
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
    return {plain, common: plain, fuses: true};
  }

  private both(a: Param, b: Param, op: (a: tf.Tensor, b: tf.Tensor) => tf.Tensor): Param {
    const plain = a.plain && b.plain && op(a.plain, b.plain);
    const isSame = a.common === a.plain && b.common === b.plain;
    const common = isSame ? plain : a.common && b.common && op(a.common, b.common);
    if (plain == null && common == null) throw new Refused('its parameters belong to two shapes');
    return {plain, common, fuses: a.fuses && b.fuses};
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

  private aligned(given: tf.Tensor, target: readonly number[], axes: Common['ofA']): Param {
    const {outer} = this.plan;
    const plain = target === outer || tf.util.arraysEqual([...target], [...outer]) ? given : null;
    const shape = atRank(given.shape, target.length);
    const fits = shape?.every((size, axis) => size === 1 || size === target[axis]) === true;
    if (!fits) return {plain, common: null, fuses: false};
    const isWhole = given.size === tf.util.sizeFromShape([...target]);
    const fuses = !(isWhole && given.size > this.groupSize);
    // With the same axes it is broadcast as it is.
    if (target === this.common.shape && given.rank <= target.length) {
      return {plain, common: given, fuses};
    }
    const sizes = this.common.shape.map(() => 1);
    shape.forEach((size, axis) => {
      if (size > 1) for (const part of axes[axis]) sizes[part] = this.common.shape[part];
    });
    // Kernels align it from the last axis on.
    const own = sizes.slice(sizes.findIndex(size => size > 1));
    const isAligned = tf.util.arraysEqual(own, given.shape);
    return {plain, common: isAligned ? given : inShape(given, sizes), fuses};
  }
}

/** A result behind the kernel: in the common axes of input and result, until a parameter does not fit these. */
export class Behind {
  constructor(
    private readonly result: tf.Tensor,
    private readonly outer: readonly number[],
    private readonly isCommon = true,
  ) {}

  /** In the shape that the file gives it. */
  inOuter(): tf.Tensor {
    return this.isCommon ? inShape(this.result, this.outer) : this.result;
  }

  apply(op: (a: tf.Tensor, b: tf.Tensor) => tf.Tensor, {plain, common}: Param): Behind {
    if (this.isCommon && common != null) return new Behind(op(this.result, common), this.outer);
    if (plain == null) throw new Refused('a parameter belongs to the shape before a reshape');
    return new Behind(op(this.inOuter(), plain), this.outer, false);
  }
}
