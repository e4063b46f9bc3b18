/**
 * The op that tfjs lacks, as its maintainers advise to write it: batch norm by the statistics of the batch, in
 * tfjs's own ops. Models that have it are compared with it, since without it tfjs makes NaN of them.
 */
import * as tf from '@tensorflow/tfjs';

const NAME = 'FusedBatchNormV3';

type Node = {inputs: tf.Tensor[]; attrs: {epsilon: number; data_format?: string}};

function batchNorm({inputs, attrs}: Node): tf.Tensor[] {
  const [x, scale, offset] = inputs;
  const isFirst = attrs.data_format?.toLowerCase() === 'nchw';
  return tf.tidy(() => {
    const {mean, variance} = tf.moments(x, isFirst ? [0, 2, 3] : [0, 1, 2], true);
    const [gamma, beta] = [scale, offset].map(t => tf.reshape(t, mean.shape));
    const k = tf.mul(tf.rsqrt(tf.add(variance, attrs.epsilon)), gamma);
    return [tf.add(tf.mul(x, k), tf.sub(beta, tf.mul(mean, k)))];
  });
}

type NodeJson = {op: string};

export const needsOwnOp = ({modelTopology}: tf.io.ModelArtifacts): boolean =>
  (modelTopology as {node: NodeJson[]}).node.some(({op}) => op === NAME);

/** Registers it, for models that are loaded from then on. A fused model has none. */
export const registerOwnOp = (): void => tf.registerOp(NAME, batchNorm as never);
