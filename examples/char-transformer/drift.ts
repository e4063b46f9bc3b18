import * as tf from '@tensorflow/tfjs';
import * as tfn from 'tfjs-normalization';
import type {Drift} from './summary.js';

/** Runs `f`, and puts back whatever the layers learnt from it. */
export function withoutLearning<T>(model: tf.LayersModel, f: () => T): T {
  const variables = model.layers.flatMap(layer => layer.nonTrainableWeights);
  const before = variables.map(variable => tf.clone(variable.read()));
  try {
    return f();
  } finally {
    variables.forEach((variable, i) => variable.write(before[i]));
    tf.dispose(before);
  }
}

/**
 * How far each layer's statistics of a training batch are from its running ones, as in Figure 2 of
 * the paper. The distance is relative, so that layers can be compared: it is divided by the length
 * of the running vector or, for means, by the length of the standard deviations.
 */
export function drifts(model: tf.LayersModel, x: tf.Tensor): Drift[] {
  const layers = model.layers.filter(
    layer => layer instanceof tfn.BatchNormalization || layer instanceof tfn.PowerNormalization,
  );
  if (layers.length === 0) return [];
  // These are the inputs as they are in training, where the layers before use the batch too.
  const inputs = tf.model({
    inputs: model.inputs,
    outputs: layers.map(layer => layer.input as tf.SymbolicTensor),
  });
  return tf.tidy(() => {
    const values = withoutLearning(model, () => inputs.apply(x, {training: true}));
    return layers.flatMap((layer, i) => driftsOf(layer, (values as tf.Tensor[])[i]));
  });
}

function driftsOf(layer: tf.layers.Layer, input: tf.Tensor): Drift[] {
  const running = (name: string) =>
    layer.weights.find(({originalName}) => originalName.split('/').at(-1) === name)!.read();
  const drift = (statistic: string, batch: tf.Tensor, running: tf.Tensor, scale: tf.Tensor) => ({
    ...{layer: layer.name, statistic},
    distance: tf.div(tf.norm(tf.sub(batch, running)), tf.norm(scale)).dataSync()[0],
  });
  if (layer instanceof tfn.BatchNormalization) {
    const {mean, variance} = tf.moments(input, [0, 1]);
    const [runningMean, runningVariance] = ['moving_mean', 'moving_variance'].map(running);
    return [
      drift('μ', mean, runningMean, tf.sqrt(runningVariance)),
      drift('σ²', variance, runningVariance, runningVariance),
    ];
  }
  const {groups, epsilon} = layer.getConfig() as {groups: number; epsilon: number};
  const scaled = tf.tidy(() => {
    if (groups === 0) return input;
    const parts = tf.reshape(input, [...input.shape.slice(0, 2), groups, -1]);
    return tf.reshape(tfn.rmsNorm(parts, {epsilon}), input.shape);
  });
  const phi = running('phi');
  return [drift('ψ²', tf.mean(tf.square(scaled), [0, 1]), phi, phi)];
}
