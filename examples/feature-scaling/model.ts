import * as tf from '@tensorflow/tfjs';
import * as tfn from 'tfjs-normalization';

/** The step that the features pass before the first dense layer sees them. */
export interface Input {
  label: string;
  layer?: (features: number) => tf.layers.Layer;
}

export const INPUTS = {
  raw: {label: 'raw'},
  normalization: {
    label: 'Normalization',
    layer: features => tfn.layers.normalization({inputShape: [features]}),
  },
  batchNorm: {
    label: 'batch norm',
    // With the default of 0.99 the moving statistics would lag behind a run of this length.
    layer: features => tfn.layers.batchNormalization({inputShape: [features], momentum: 0.9}),
  },
} satisfies Record<string, Input>;

/**
 * A linear model where `hidden` is 0, which starts at zero, or a network with one hidden layer of
 * relu units.
 *
 * @param x The training rows, to which `Normalization` is adapted.
 */
export async function buildModel(
  {layer}: Input,
  {x, hidden, seed}: {x: tf.Tensor2D; hidden: number; seed: number},
): Promise<tf.Sequential> {
  const features = x.shape[1];
  const first = layer?.(features);
  if (first instanceof tfn.Normalization) await first.adapt(x);
  const model = tf.sequential();
  if (first != null) model.add(first);
  const inputShape = [features];
  if (hidden === 0) {
    model.add(tf.layers.dense({units: 1, kernelInitializer: 'zeros', inputShape}));
    return model;
  }
  // tfjs takes 0 for no seed.
  const kernel = (position: number) => tf.initializers.heNormal({seed: 10 * seed + position + 1});
  model.add(
    tf.layers.dense({
      units: hidden,
      activation: 'relu',
      kernelInitializer: kernel(0),
      inputShape,
    }),
  );
  model.add(tf.layers.dense({units: 1, kernelInitializer: kernel(1)}));
  return model;
}
