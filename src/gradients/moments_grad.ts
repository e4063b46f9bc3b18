import * as tf from '@tensorflow/tfjs-core';
import {FusedNormalizeMoments} from '../kernels/contract.js';

/** The gradient of handing out means and spreads: it goes where they stood. */
export const momentsGradConfig: tf.GradConfig = {
  kernelName: FusedNormalizeMoments,
  gradFunc: dy => {
    const [dmean, dspread] = tf.unstack(dy as tf.Tensor);
    const none = tf.zerosLike(dmean);
    return {
      stats: () => tf.reshape(tf.stack([dmean, none, dspread, none], 1), [-1, 2, 2]),
    };
  },
};
