/** The comparisons with other frameworks, for the tests and for docs/conformance.md. */
import * as tf from '@tensorflow/tfjs-core';

export type Values = {shape: number[]; values: number[]};

export const tensorOf = ({shape, values}: Values): tf.Tensor => tf.tensor(values, shape);

/** Something computed, and what it should be. */
export type Comparison = {
  name: string;
  actual: tf.Tensor;
  expected: number[];
  /** It is compared too, where it is given. */
  shape?: number[];
};

/** The other parts of a layer of Keras. */
export type Saved = {
  /** Whether its weights are ours, in name, shape and order. */
  weights: boolean;
  /** Its config's keys that ours never has. */
  lostKeys: string[];
};

export const ASPECTS = ['forward', 'gradient', 'second order', 'statistics'] as const;
export type Aspect = (typeof ASPECTS)[number];
/** Not all weights of a layer are statistics. */
export type Compared = Partial<Record<Aspect | 'weights', Comparison[]>> & {saved?: Saved};

/** A case of another framework. */
export type Subject = {
  framework: string;
  /** The op, layer, operator or model. */
  subject: string;
  name: string;
  /** The bound for values, relative to their root mean square. */
  tolerance: number;
  /** The bound for gradients. Defaults to that of values. */
  gradientTolerance?: number;
  /** The scale of gradients, where some are all cancellation. Defaults to their root mean square. */
  gradientScale?: (expected: number[]) => number;
  /** Whether its gradients are those of a gradient. */
  isSecondOrder?: true;
  compare: () => Compared | Promise<Compared>;
};
