/** The kernels that a node of ours runs. */
import * as tf from '@tensorflow/tfjs';
import {fuseNormalizations} from '../../src/graph/index.js';
import {expectClose} from '../close.js';
import {kernelsRun} from '../kernels_run.js';
import {normal} from '../models.js';
import {GraphBuilder} from './graph_builder.js';

beforeAll(() => tf.setBackend('cpu'));

/** Layer norm of rows, with gamma and beta of these shapes. */
function layerNorm(gamma: number[], beta: number[]) {
  const graph = new GraphBuilder();
  const x = graph.input([8, 64], []);
  const param = (shape: number[]) =>
    graph.floats(
      Array.from({length: tf.util.sizeFromShape(shape)}, (_, i) => i + 1.5),
      shape,
    );
  const mean = (of: string) => graph.op('Mean', [of, graph.integers([1])], {keep_dims: {b: true}});
  const centered = graph.op('Sub', [x, mean(x)]);
  const variance = mean(graph.op('Square', [centered]));
  const root = graph.op('Rsqrt', [graph.op('AddV2', [variance, graph.number(1e-3)])]);
  const normalized = graph.op('Mul', [centered, root]);
  const scaled = graph.op('Mul', [normalized, param(gamma)]);
  return graph.artifacts([graph.op('AddV2', [scaled, param(beta)])]);
}

test.each([
  [[8, 1], [64]],
  [[64], [8, 1]],
])('gamma of the shape %j and beta of %j are not widened', async (gamma, beta) => {
  const artifacts = layerNorm(gamma, beta);
  const [plain, fused] = [
    await tf.loadGraphModel(tf.io.fromMemory(artifacts)),
    await tf.loadGraphModel(fuseNormalizations(artifacts)),
  ];
  const x = normal([8, 64]);
  let y = x;
  const kernels = await kernelsRun(() => void (y = fused.execute(x) as tf.Tensor));
  expect(kernels).toContain('FusedNormalize');
  for (const widening of ['BroadcastTo', 'Tile']) expect(kernels).not.toContain(widening);
  expectClose(y, plain.execute(x) as tf.Tensor, 1e-5);
});
