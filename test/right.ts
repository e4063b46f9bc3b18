/** Whether an op is right: its value and its gradients against float64, on the same inputs. */
import * as tf from '@tensorflow/tfjs-core';
import {FLOAT32, type Precision} from './cases/case.js';
import {assertClose, rms} from './close.js';
import {normalizeGrad64, type Problem} from './float64.js';
import {random} from './random.js';

type Params = {gamma?: tf.Tensor; beta?: tf.Tensor};
export type Op = (x: tf.Tensor, config: Params & {epsilon: number}) => tf.Tensor;

type Name = 'x' | 'dy' | 'gamma' | 'beta';
/** Tensors where the op has them already, as a layer has its weights. */
export type Inputs = Partial<Record<Name, Float32Array | tf.Tensor>>;

const product = (sizes: readonly number[]) => sizes.reduce((a, b) => a * b, 1);
const sizesOf = ({shape, params}: Problem) => params.map(axis => shape[axis]);

/** Random inputs of the problem, with the parameters that its statistic has in our ops. */
export function inputsOf(problem: Problem, {mean = 1, std = 2} = {}): Inputs {
  const size = product(problem.shape);
  const count = product(sizesOf(problem));
  const {center} = problem.statistic;
  return {
    x: random(size, 1, mean, std),
    dy: random(size, 4),
    ...(problem.params.length > 0 && {gamma: random(count, 2, 1, 0.5)}),
    ...(problem.params.length > 0 && center && {beta: random(count, 3)}),
  };
}

/** Fails unless `op` is as near to float64 as `precision` says. */
export async function expectRight(
  op: Op,
  problem: Problem,
  inputs = inputsOf(problem),
  {forward, gradient}: Precision = FLOAT32,
): Promise<void> {
  const tensorOf = (name: Name) => {
    const value = inputs[name]!;
    const shape = name === 'x' || name === 'dy' ? [...problem.shape] : sizesOf(problem);
    return value instanceof tf.Tensor ? value : tf.tensor(value, shape);
  };
  const wrt = (['x', 'gamma', 'beta'] as const).filter(name => inputs[name] != null);
  const f = (...[x, ...params]: tf.Tensor[]) =>
    op(x, {
      ...Object.fromEntries(params.map((param, i) => [wrt[i + 1], param])),
      epsilon: problem.epsilon,
    });
  const tensors = wrt.map(tensorOf);
  const y = f(...tensors);
  const gradients = tf.grads(f)(tensors, tf.reshape(tensorOf('dy'), y.shape));
  // Not before, since webgl moves what is read to the CPU.
  const truth = truthOf(problem, inputs);
  assertClose('y', await y.data(), truth.y, forward);
  for (const [i, name] of wrt.entries()) {
    const {value, scale} = truth.gradients[name];
    assertClose(`d${name}`, await gradients[i].data(), value, gradient, scale);
  }
}

/** The gradients have a scale of their own where all that is left of them are rounding errors. */
function truthOf(problem: Problem, {x, dy, gamma, beta}: Inputs) {
  const count = product(sizesOf(problem));
  const valuesOf = (input: Float32Array | tf.Tensor) =>
    input instanceof tf.Tensor ? (input.dataSync() as Float32Array) : input;
  const [$x, $dy, $gamma, $beta] = [
    x!,
    dy!,
    gamma ?? new Float32Array(count).fill(1),
    beta ?? new Float32Array(count),
  ].map(valuesOf);
  const truth = normalizeGrad64($dy, $x, $gamma, $beta, problem);
  const {y, stats, group, param, dx, dgamma, dbeta} = truth;
  // A group whose elements are almost equal has terms far larger than those of the others.
  const squares = stats.map(() => 0);
  group.forEach((g, i) => (squares[g] += ($dy[i] * $gamma[param[i]] * stats[g].rstd) ** 2));
  const ofGroups = squares.map(sum => Math.sqrt((sum * stats.length) / $x.length));
  const leastOfX = 0.1 * ofGroups.reduce((most, value) => Math.max(most, value), 0);
  const leastOfParams = 0.1 * rms($dy) * Math.sqrt($x.length / count);
  const scaled = (value: number[], least: number) => ({value, scale: Math.max(rms(value), least)});
  return {
    y,
    gradients: {
      x: scaled(dx, leastOfX),
      gamma: scaled(dgamma, leastOfParams),
      beta: scaled(dbeta, leastOfParams),
    },
  };
}
