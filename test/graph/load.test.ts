/** Every way in which a GraphModel loads, and what is said of models that cannot. */
import {createServer, type Server} from 'node:http';
import type {AddressInfo} from 'node:net';
import * as tf from '@tensorflow/tfjs';
import {analyzeGraph, fuseNormalizations} from '../../src/graph/index.js';
import {expectClose} from '../close.js';
import {kernelsRun} from '../kernels_run.js';
import {artifactsOf, expectedOf, inputsOf, outputsOf} from './golden_graphs.js';

const NAME = 'flax';
const FUSED = [{kind: 'layer', node: expect.any(String) as string, replaces: 18}];

beforeAll(() => tf.setBackend('cpu'));

type Source = Parameters<typeof fuseNormalizations>[0];

async function expectRight(model: tf.GraphModel<tf.io.IOHandlerSync | string | tf.io.IOHandler>) {
  const inputs = inputsOf(NAME);
  let outputs: tf.Tensor | tf.Tensor[] = [];
  const kernels = await kernelsRun(() => {
    outputs = model.predict(inputs) as tf.Tensor;
  });
  expect(kernels).toContain('FusedNormalize');
  expectClose([outputs].flat()[0], expectedOf(NAME)[0].values, 1e-5);
}

async function expectFused(source: Source, options?: tf.io.LoadOptions) {
  const handler = fuseNormalizations(source);
  expect(handler.report).toBeNull();
  const model = await tf.loadGraphModel(handler, options);
  expect(handler.report).toEqual({fused: FUSED, refused: []});
  await expectRight(model);
  return model;
}

const streamed = ({weightData, ...others}: tf.io.ModelArtifacts): tf.io.ModelArtifacts => ({
  ...others,
  getWeightStream: () =>
    new Blob([weightData as ArrayBuffer]).stream() as unknown as ReadableStream<ArrayBuffer>,
});

test('from memory, and the topology that was given stays as it was', async () => {
  const artifacts = artifactsOf(NAME);
  const text = JSON.stringify(artifacts.modelTopology);
  await expectFused(tf.io.fromMemory(artifacts));
  await expectFused(artifacts);
  expect(JSON.stringify(artifacts.modelTopology)).toBe(text);
});

test('in shards', async () => {
  const artifacts = artifactsOf(NAME);
  const bytes = artifacts.weightData as ArrayBuffer;
  const shards = [bytes.slice(0, 5), bytes.slice(5, 60), bytes.slice(60)];
  await expectFused({...artifacts, weightData: shards});
});

test('by a stream of weights, which is read once', async () => {
  const getWeightStream = jest.fn(streamed(artifactsOf(NAME)).getWeightStream);
  await expectFused({...streamed(artifactsOf(NAME)), getWeightStream});
  expect(getWeightStream).toHaveBeenCalledTimes(1);
});

test('at once, where nothing has to be waited for', async () => {
  const handler = fuseNormalizations(tf.io.fromMemorySync(artifactsOf(NAME)));
  const model = tf.loadGraphModelSync(handler as unknown as tf.io.IOHandlerSync);
  expect(handler.report!.fused).toEqual(FUSED);
  await expectRight(model);
});

test('a model that is loaded already, which stays as it is, and one that was fused before', async () => {
  const model = await tf.loadGraphModel(tf.io.fromMemory(artifactsOf(NAME)));
  const fused = await expectFused(model);
  expect(await kernelsRun(() => void model.predict(inputsOf(NAME)))).not.toContain(
    'FusedNormalize',
  );
  const handler = fuseNormalizations(fused);
  await expectRight(await tf.loadGraphModel(handler));
  expect(handler.report).toEqual({fused: [], refused: []});
});

test('without a signature, when each node that nobody uses is an output', async () => {
  const model = await expectFused({...artifactsOf(NAME), signature: undefined});
  expect(model.outputNodes).toEqual(outputsOf(NAME));
  expect(model.inputNodes).toEqual(['x0']);
});

test('with a signature, an inner node can still be asked for', async () => {
  const model = await expectFused(artifactsOf(NAME));
  const {node} = artifactsOf(NAME).modelTopology as {node: Array<{name: string; op: string}>};
  const inner = node.find(({op}) => op === 'Rsqrt')!.name;
  expect((model.execute(inputsOf(NAME), inner) as tf.Tensor).shape).toEqual([2, 3, 1]);
});

describe('by HTTP', () => {
  let server: Server;
  const files = () => {
    const {weightSpecs: weights, weightData, ...json} = artifactsOf(NAME);
    const weightsManifest = [{paths: ['a.bin', 'b.bin'], weights}];
    const bytes = Buffer.from(weightData as ArrayBuffer);
    return {
      '/model.json': JSON.stringify({...json, weightsManifest}),
      '/a.bin': bytes.subarray(0, 50),
      '/b.bin': bytes.subarray(50),
    };
  };
  beforeAll(async () => {
    server = createServer(({url}, response) => {
      response.end(files()[url as keyof ReturnType<typeof files>]);
    });
    await new Promise<void>(resolve => server.listen(0, resolve));
  });
  afterAll(() => new Promise(resolve => server.close(resolve)));
  const url = () => `http://localhost:${(server.address() as AddressInfo).port}/model.json`;

  test('by a URL', () => expectFused(url()));
  test('by a handler that streams', () => expectFused(tf.io.http(url(), {streamWeights: true})));
});

test('the file alone says what would be fused', () => {
  const {modelTopology, signature} = artifactsOf(NAME);
  expect(analyzeGraph(modelTopology as object, signature)).toEqual({fused: FUSED, refused: []});
});

test.each([
  [
    undefined,
    'fuseNormalizations: source must be a URL that tfjs can load, an io handler with a load method, the ' +
      'artifacts of a model, or a GraphModel, but is undefined.',
  ],
  [{save: () => undefined}, 'but is {"save":function}.'],
])('fuseNormalizations(%p) says what it takes', (source, message) => {
  expect(() => fuseNormalizations(source as never)).toThrow(message);
});

test('a topology that is no GraphModel is named, and nothing is loaded', async () => {
  const before = tf.memory().numTensors;
  const handler = fuseNormalizations(tf.io.fromMemory({modelTopology: {class_name: 'Model'}}));
  const message = 'modelTopology must be that of a GraphModel, with a list of nodes, but is {';
  await expect(tf.loadGraphModel(handler)).rejects.toThrow(`fuseNormalizations: ${message}`);
  expect(handler.report).toBeNull();
  expect(() => analyzeGraph({})).toThrow(`analyzeGraph: ${message}`);
  expect(tf.memory().numTensors).toBe(before);
});
