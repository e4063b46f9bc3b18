/** The ways to compute a norm that the playground compares. */
import * as tf from '@tensorflow/tfjs';
import type {NormalizeAttrs} from '../../src/kernels/contract.js';
import type {Norm} from '../norms.js';

export type Data = {
  x: tf.Tensor;
  gamma?: tf.Tensor;
  beta?: tf.Tensor;
  dy: tf.Tensor;
  axis: number;
  groups: number;
};

export type Way = {name: string; forward: () => tf.Tensor; both: () => tf.Tensor[]};

export function waysOf(norm: Norm, attrs: NormalizeAttrs, data: Data): Way[] {
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
    way('composed of tf ops', (x, gamma, beta) => composed(attrs, x, gamma, beta)),
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

/** The same view in tf ops: its axes are the tensor's. */
function composed(
  {view, statistic, epsilon}: NormalizeAttrs,
  x: tf.Tensor,
  gamma?: tf.Tensor,
  beta?: tf.Tensor,
) {
  const reduced = view.flatMap(({reduced}, i) => (reduced ? [i] : []));
  const features = view.map(({size, param}) => (param ? size : 1));
  const seen = tf.reshape(
    x,
    view.map(({size}) => size),
  );
  const d = statistic.center ? tf.sub(seen, tf.mean(seen, reduced, true)) : seen;
  const powers = statistic.power === 2 ? tf.square(d) : tf.abs(d);
  const spread = statistic.average ? tf.mean(powers, reduced, true) : tf.sum(powers, reduced, true);
  const root = statistic.power === 2 ? tf.sqrt(spread) : spread;
  let y = statistic.average
    ? tf.mul(d, tf.rsqrt(tf.add(spread, epsilon)))
    : tf.div(d, tf.maximum(root, epsilon));
  if (gamma != null) y = tf.mul(y, tf.reshape(gamma, features));
  if (beta != null) y = tf.add(y, tf.reshape(beta, features));
  return tf.reshape(y, x.shape);
}
