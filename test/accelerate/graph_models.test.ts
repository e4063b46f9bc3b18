/** GraphModels that normalize by the statistics of the batch, while tfjs is accelerated. */
import * as tf from '@tensorflow/tfjs';
import '@tensorflow/tfjs-backend-wasm';
import {fuseNormalizations} from '../../src/graph/index.js';
import * as tfn from '../../src/index.js';
import {expectClose} from '../close.js';
import {artifactsOf, expectedOf, inputsOf, outputsOf} from '../graph/golden_graphs.js';
import {GraphBuilder} from '../graph/graph_builder.js';
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

/** An op of TensorFlow's default epsilon, which averages with the statistics before. */
function averagingGraph(format: string, shape: number[], params: number[][]) {
  const graph = new GraphBuilder();
  const x = graph.input(shape, []);
  const given = params.map(values => graph.floats(values, [values.length]));
  const node = graph.op('FusedBatchNormV3', [x, ...given], {
    is_training: {b: true},
    data_format: {s: btoa(format)},
    exponential_avg_factor: {f: 0.25},
  });
  return graph.artifacts([0, 1, 2].map(i => graph.op('Neg', [`${node}:${i}`])));
}

test.each([
  ['NHWC', [2, 3, 4, 3], [0, 1, 2]],
  ['NCHW', [2, 3, 4, 3], [0, 2, 3]],
])('of the layout %s, averaged with the statistics before', async (format, shape, axes) => {
  const params = [
    [1, 2, 3],
    [3, 2, 1],
    [0.5, 1, 2],
    [4, 5, 6],
  ];
  const undo = tfn.accelerate();
  const artifacts = averagingGraph(format, shape, params);
  const accelerated = await tf.loadGraphModel(tf.io.fromMemory(artifacts));
  const fused = await tf.loadGraphModel(fuseNormalizations(artifacts));
  const x = normal(shape);
  const {mean, variance} = tf.moments(x, axes, true);
  const [scale, offset, before, spread] = params.map(values => tf.reshape(values, mean.shape));
  const y = tf.add(
    tf.mul(tf.mul(tf.sub(x, mean), tf.rsqrt(tf.add(variance, 1e-4))), scale),
    offset,
  );
  const moved = (given: tf.Tensor, batch: tf.Tensor) =>
    tf.add(tf.mul(given, 0.75), tf.mul(batch, 0.25));
  const expected = [y, moved(before, mean), moved(spread, tf.mul(variance, 24 / 23))];
  for (const model of [accelerated, fused]) {
    const outputs = model.predict(x) as tf.Tensor[];
    expected.forEach((each, i) => expectClose(outputs[i], tf.neg(each), 1e-5));
  }
  undo();
});

test('the converter of a page, whose scripts make tf, gets the ops', () => {
  const ops: Record<string, unknown> = {};
  const page = globalThis as {tf?: object};
  page.tf = {registerOp: (name: string, op: unknown) => (ops[name] = op)};
  tfn.accelerate()();
  delete page.tf;
  expect(Object.keys(ops)).toEqual(MODELS);
});

test('the converter of a bundle gets the ops by the option', () => {
  const names: string[] = [];
  const registerOp = (name: string) => void names.push(name);
  tfn.accelerate({registerOp})();
  tfn.accelerate({registerOp})();
  expect(names).toEqual(MODELS);
  expect(() => tfn.accelerate({registerOp: tf as never})).toThrow(
    'accelerate: registerOp must be the function tf.registerOp, but is {',
  );
  expect(() => tfn.accelerate({registerOp, kernels: false})).toThrow(
    'accelerate: registerOp is for kernels, which must not be false then.',
  );
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
