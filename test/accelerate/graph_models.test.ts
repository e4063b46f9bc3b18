/** GraphModels that normalize by the statistics of the batch, while tfjs is accelerated. */
import * as tf from '@tensorflow/tfjs';
import '@tensorflow/tfjs-backend-wasm';
import '../../src/graph/index.js';
import * as tfn from '../../src/index.js';
import {expectClose} from '../close.js';
import {artifactsOf, expectedOf, inputsOf, outputsOf} from '../graph/golden_graphs.js';
import {normal} from '../models.js';

const MODELS = ['FusedBatchNorm', 'FusedBatchNormV2', 'FusedBatchNormV3'];
const load = (name: string) => tf.loadGraphModel(tf.io.fromMemory(artifactsOf(name)));
const isNaN = (t: tf.Tensor) => t.dataSync().every(Number.isNaN);

beforeEach(() => tf.setBackend('wasm'));

test.each(MODELS)('%s has all outputs of TensorFlow', async name => {
  await tf.setBackend('cpu');
  const undo = tfn.accelerate();
  const model = await load(name);
  const outputs = model.execute(inputsOf(name), outputsOf(name)) as tf.Tensor[];
  expectedOf(name).forEach(({values}, i) => expectClose(outputs[i], values, 1e-5));
  undo();
  // The model runs as before, with the first output alone, and what tfjs makes of it.
  expect(isNaN(model.execute(inputsOf(name), 'Identity_3') as tf.Tensor)).toBe(true);
});

test('the converter of a page, whose scripts make tf, gets the ops', () => {
  const ops: Record<string, unknown> = {};
  const page = globalThis as {tf?: object};
  page.tf = {registerOp: (name: string, op: unknown) => (ops[name] = op)};
  tfn.accelerate()();
  delete page.tf;
  expect(Object.keys(ops)).toEqual(MODELS);
});

test('a model that was loaded before is right too', async () => {
  const name = 'FusedBatchNormV3, y alone';
  const model = await load(name);
  const undo = tfn.accelerate();
  expectClose(model.execute(inputsOf(name)) as tf.Tensor, expectedOf(name)[0].values, 1e-5);
  undo();
});

const empty = () => tf.tensor1d([]);
/** The way in which tfjs-converter calls it. */
const ofBatch = (x: tf.Tensor, scale: tf.Tensor, offset: tf.Tensor) =>
  tf.batchNorm(x, empty(), empty(), offset as tf.Tensor1D, scale as tf.Tensor1D, 1e-3);

/** By tf's own ops. */
function byHand(x: tf.Tensor, scale: tf.Tensor, offset: tf.Tensor, channels: number) {
  const axes = [0, 1, 2, 3].filter(axis => axis !== channels);
  const mean = tf.mean(x, axes, true);
  const centered = tf.sub(x, mean);
  const rstd = tf.rsqrt(tf.add(tf.mean(tf.square(centered), axes, true), 1e-3));
  const [gamma, beta] = [scale, offset].map(t => tf.reshape(t, mean.shape));
  return tf.add(tf.mul(tf.mul(centered, rstd), gamma), beta);
}

test.each([
  ['last', 3],
  ['second', 1],
])('tf.batchNorm without statistics and its gradients, with channels %s', async (_, channels) => {
  await tf.setBackend('cpu');
  const undo = tfn.accelerate();
  const x = normal([2, 3, 4, 5]);
  const [scale, offset] = [2, 3].map(seed => normal([x.shape[channels]], seed));
  const dy = normal(x.shape, 4);
  const inputs = [x, scale, offset];
  expectClose(ofBatch(x, scale, offset), byHand(x, scale, offset, channels), 1e-5);
  const actual = tf.grads((...[x, scale, offset]) => ofBatch(x, scale, offset))(inputs, dy);
  const expected = tf.grads((...[x, scale, offset]) => byHand(x, scale, offset, channels))(
    inputs,
    dy,
  );
  actual.forEach((grad, i) => expectClose(grad, expected[i], 1e-4));
  undo();
});
