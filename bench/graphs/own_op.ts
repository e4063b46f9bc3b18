/**
 * The op that tfjs lacks, as its maintainers advise to write it: batch norm by the statistics of the batch, in
 * tfjs's own ops. Models that have it are compared with it, since without it tfjs makes NaN of them.
 */
import * as tf from '@tensorflow/tfjs';

const NAME = 'FusedBatchNormV3';

function batchNorm({inputs, attrs}: {inputs: tf.Tensor[]; attrs: {epsilon: number}}): tf.Tensor[] {
  const [x, scale, offset] = inputs;
  return tf.tidy(() => {
    const {mean, variance} = tf.moments(x, [0, 1, 2]);
    return [
      tf.batchNorm(
        x as tf.Tensor4D,
        mean as tf.Tensor1D,
        variance as tf.Tensor1D,
        offset as tf.Tensor1D,
        scale as tf.Tensor1D,
        attrs.epsilon,
      ),
    ];
  });
}

type NodeJson = {op: string};

export const needsOwnOp = ({modelTopology}: tf.io.ModelArtifacts): boolean =>
  (modelTopology as {node: NodeJson[]}).node.some(({op}) => op === NAME);

/** Registers it, for models that are loaded from then on. What is fused has none. */
export const registerOwnOp = (): void => tf.registerOp(NAME, batchNorm as never);
