import * as tf from '@tensorflow/tfjs';
import * as tfn from '../src/index.js';

/** Every layer of the package, one after the other, from [3, 4] to one number. */
export const everyLayer = (): tf.Sequential =>
  tf.sequential({
    layers: [
      tf.layers.dense({units: 8, inputShape: [3, 4], kernelInitializer: seeded(1)}),
      tfn.layers.batchNormalization({axis: 1}),
      tfn.layers.batchNormalization({gammaConstraint: 'nonNeg', betaRegularizer: 'l2'}),
      tfn.layers.layerNormalization({axis: [1, 2]}),
      tfn.layers.groupNormalization({groups: 4}),
      tfn.layers.instanceNormalization(),
      tfn.layers.powerNormalization(),
      tfn.layers.rmsNormalization(),
      tfn.layers.unitNormalization(),
      tfn.layers.l1Normalization(),
      tfn.layers.l2Normalization({axis: 1}),
      tf.layers.flatten(),
      tf.layers.dense({units: 1, kernelInitializer: seeded(2)}),
    ],
  });

export const seeded = (seed: number) => tf.initializers.glorotUniform({seed});
