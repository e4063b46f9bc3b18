import * as tf from '@tensorflow/tfjs';
import * as tfn from '../src/index.js';

/** Every layer that one kernel normalizes, one after the other, from [3, 4] to one number. */
export const fusedLayers = (): tf.Sequential =>
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

/** Every layer made of several ops. */
export const composedLayers = (): tf.Sequential =>
  tf.sequential({
    layers: [
      tf.layers.masking({inputShape: [3, 4]}),
      tfn.layers.batchNormalization({renorm: true, renormClipping: {rmax: 3, dmax: 5}}),
      tfn.layers.layerNormalization({rmsScaling: true}),
      tfn.layers.groupNormalization({groups: 2}),
      tfn.layers.spectralNormalization({
        layer: tf.layers.dense({units: 8, kernelInitializer: seeded(1)}),
      }),
      tfn.layers.weightNormalization({
        layer: tf.layers.dense({units: 8, kernelInitializer: seeded(2)}),
      }),
      tfn.layers.filterResponseNormalization({axis: [1], learnedEpsilon: true}),
      tfn.layers.thresholdedLinearUnit(),
      tfn.layers.localResponseNormalization({depthRadius: 2}),
      tfn.layers.normalization(),
      tf.layers.flatten(),
      tf.layers.dense({units: 1, kernelInitializer: seeded(3)}),
    ],
  });

const seeded = (seed: number) => tf.initializers.glorotUniform({seed});
