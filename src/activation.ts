/** The functions that an op can apply behind its affine part, and their slopes, in tf ops. */
import * as tf from '@tensorflow/tfjs-core';

/**
 * A function that an op applies last, in the same kernel:
 *
 *     relu    max(z, 0)              leakyRelu  z, or 0.2 z where z < 0, as tf.leakyRelu
 *     relu6   min(max(z, 0), 6)      silu       z sigmoid(z)
 *     tanh, sigmoid                  gelu       z (1 + erf(z / sqrt(2))) / 2
 */
export type Activation = 'relu' | 'relu6' | 'leakyRelu' | 'silu' | 'gelu' | 'sigmoid' | 'tanh';

/** Derf's too, which is not offered behind norms. */
export type AnyActivation = Activation | 'erf';

type Term = (z: tf.Tensor) => tf.Tensor;

/**
 * A function with its derivative. tfjs's gradients of exp, sigmoid and tanh take their own outputs, which
 * it holds for constants (tensorflow/tfjs#3252), so that gradients of these gradients would be wrong.
 */
export const withSlope = (value: Term, slope: Term): Term => {
  const op = tf.customGrad((...args: unknown[]) => {
    const [z, save] = args as [tf.Tensor, tf.GradSaveFunc];
    save([z]);
    return {
      value: value(z),
      gradFunc: (dy: tf.Tensor, [z]: tf.Tensor[]) => tf.mul(dy, slope(z)),
    };
  });
  return z => op(z);
};

/** The slope of leakyRelu below 0, as tf.leakyRelu has it. */
export const LEAK = 0.2;

const sigmoidSlope: Term = z => tf.mul(sigmoid(z), tf.sub(1, sigmoid(z)));
const sigmoid = withSlope(tf.sigmoid, sigmoidSlope);

const tanhSlope: Term = z => tf.sub(1, tf.square(tanh(z)));
const tanh = withSlope(tf.tanh, tanhSlope);

const normalDensity = withSlope(
  z => tf.mul(tf.exp(tf.mul(tf.square(z), -0.5)), 1 / Math.sqrt(2 * Math.PI)),
  z => tf.mul(tf.neg(z), normalDensity(z)),
);
const erfSlope = withSlope(
  z => tf.mul(tf.exp(tf.neg(tf.square(z))), 2 / Math.sqrt(Math.PI)),
  z => tf.mul(tf.mul(z, -2), erfSlope(z)),
);
const normalCdf = withSlope(
  z => tf.mul(tf.add(tf.erf(tf.mul(z, Math.SQRT1_2)), 1), 0.5),
  normalDensity,
);

/** The derivatives. At a kink they are those below it. */
const SLOPES: Readonly<Record<AnyActivation, Term>> = {
  relu: z => tf.step(z),
  relu6: z => tf.mul(tf.step(z), tf.step(tf.sub(6, z))),
  leakyRelu: z => tf.add(tf.mul(tf.step(z), 1 - LEAK), LEAK),
  silu: z => tf.add(sigmoid(z), tf.mul(z, sigmoidSlope(z))),
  gelu: z => tf.add(normalCdf(z), tf.mul(z, normalDensity(z))),
  sigmoid: sigmoidSlope,
  tanh: tanhSlope,
  erf: erfSlope,
};

const VALUES: Readonly<Record<AnyActivation, Term>> = {
  relu: tf.relu,
  relu6: tf.relu6,
  leakyRelu: z => tf.leakyRelu(z, LEAK),
  silu: z => tf.mul(z, tf.sigmoid(z)),
  gelu: z => tf.mul(z, normalCdf(z)),
  sigmoid: tf.sigmoid,
  tanh: tf.tanh,
  erf: tf.erf,
};

export const activate = (activation: AnyActivation, z: tf.Tensor): tf.Tensor =>
  withSlope(VALUES[activation], SLOPES[activation])(z);

export const slopeOf = (activation: AnyActivation, z: tf.Tensor): tf.Tensor =>
  SLOPES[activation](z);

export const ACTIVATIONS = Object.keys(VALUES).filter(name => name !== 'erf') as Activation[];
