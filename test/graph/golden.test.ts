/** Each way in which normalizations are written becomes one node, and stays right. */
import * as tf from '@tensorflow/tfjs';
import {BACKENDS} from '../backends.js';
import {checkGolden, NAMES} from './golden_graphs.js';

/** The pieces that become one node, and how many nodes each replaces; the exponents and axes are among the weights. */
const FUSED: Record<string, Array<[kind: string, replaces: number]>> = {
  moments: [['layer', 10]],
  'moments over images': [['instance', 10]],
  'moments in groups': [['group', 10]],
  'moments of the batch': [['batch', 10]],
  'conditional instance norm': [['instance', 10]],
  'adaptive layer norm': [['layer', 9]],
  'tf_keras layer norm, small epsilon': [['layer', 10]],
  'tf_keras layer norm': [['layer', 6]],
  'tf_keras layer norm over two axes': [['layer', 6]],
  'tf_keras layer norm without parameters': [['layer', 3]],
  'tf_keras group norm': [['group', 20]],
  'tf_keras unit norm': [['l2', 5]],
  'keras layer norm': [['layer', 11]],
  'keras layer norm without beta': [['layer', 10]],
  'keras group norm': [['group', 11]],
  'keras rms norm': [['rms', 6]],
  'keras unit norm': [['l2', 5]],
  // Without the statistics of the batch it is two ops.
  'keras batch norm': [],
  'by hand': [['layer', 9]],
  flax: [['layer', 18]],
  FusedBatchNorm: [['batch', 1]],
  FusedBatchNormV2: [['batch', 1]],
  FusedBatchNormV3: [['batch', 1]],
  'FusedBatchNormV3, y alone': [['batch', 1]],
  t5: [['rms', 6]],
  gemma: [['rms', 6]],
  'rms without gamma': [['rms', 5]],
  l2_normalize: [['l2', 5]],
  'l2_normalize over images': [['l2', 5]],
  'x / tf.norm': [['l2', 4]],
  'x / EuclideanNorm': [['l2', 2]],
  divide_no_nan: [['l2', 4]],
  'l2 with epsilon': [['l2', 5]],
  'onnx layer norm': [['layer', 9]],
  'onnx group norm': [['group', 10]],
  quantized: [['instance', 10]],
  'quantized to float16': [['layer', 10]],
  'in a loop': [
    ['batch', 1],
    ['layer', 10],
  ],
};

test('every model has its row', () => expect(Object.keys(FUSED)).toEqual(NAMES));

describe.each(BACKENDS)('on %s', backend => {
  beforeAll(() => tf.setBackend(backend));

  test.each(NAMES)('%s', async name => {
    const {fused, refused} = await checkGolden(name);
    expect(fused.map(({kind, replaces}) => [kind, replaces])).toEqual(FUSED[name]);
    expect(refused).toEqual([]);
  });
});
