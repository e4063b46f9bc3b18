/** The ways to compute a norm that the playground compares. */
import * as tf from '@tensorflow/tfjs';
import type {Norm} from '../norms.js';
import type {Reference} from '../special_norms.js';

export type Data = {
  x: tf.Tensor;
  gamma?: tf.Tensor;
  beta?: tf.Tensor;
  dy: tf.Tensor;
  axis: number;
  groups: number;
};

export type Way = {name: string; forward: () => tf.Tensor; both: () => tf.Tensor[]};

export function waysOf(norm: Norm, {composed}: Reference, data: Data): Way[] {
  const {x, gamma, beta, dy, axis, groups} = data;
  const inputs = [x, gamma, beta].filter(t => t != null);
  const way = (
    name: string,
    f: (x: tf.Tensor, gamma?: tf.Tensor, beta?: tf.Tensor) => tf.Tensor,
  ) => ({
    name,
    forward: () => tf.tidy(() => f(x, gamma, beta)),
    both: () => tf.grads((...args: tf.Tensor[]) => f(args[0], args[1], args[2]))(inputs, dy),
  });
  const ways = [
    way('this package', (x, gamma, beta) => norm.call({x, gamma, beta, axis, groups})),
    way('composed of tf ops', (x, gamma, beta) => composed(x, axis, gamma, beta)),
  ];
  if (norm.layer != null) ways.push(layerWay(norm.layer, data, inputs));
  return ways;
}

function layerWay(
  name: NonNullable<Norm['layer']>,
  {x, gamma, beta, dy, axis}: Data,
  inputs: tf.Tensor[],
): Way {
  const layer = tf.layers[name]({axis, epsilon: 1e-3});
  layer.build(x.shape);
  layer.trainableWeights[0].write(gamma!);
  layer.trainableWeights[1].write(beta!);
  const f = () => layer.call(x, {training: true}) as tf.Tensor;
  return {
    name: `tf.layers.${name}`,
    forward: () => tf.tidy(f),
    both: () =>
      tf.grads(f)([inputs[0], ...layer.trainableWeights.map(weight => weight.read())], dy),
  };
}
