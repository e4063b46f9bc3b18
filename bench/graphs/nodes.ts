/**
 * `npm run bench -- graphs --nodes`: one norm in a GraphModel, fused and as its parts, by kind and size.
 */
import * as tf from '@tensorflow/tfjs';
import {fuseNormalizations} from 'tfjs-normalization/graph';
import {GraphBuilder} from '../../test/graph/graph_builder.js';
import {type Method, quantile, timeInterleaved} from '../measure.js';

export type NodeFigure = {
  kind: string;
  shape: number[];
  backend: string;
  kernels: [before: number, after: number];
  /** Milliseconds. */
  times: [before: number, after: number];
};

type Write = (graph: GraphBuilder, x: string, shape: number[]) => string;

const ones = (shape: number[]) => Array<number>(tf.util.sizeFromShape(shape)).fill(1.5);
const param = (graph: GraphBuilder, shape: number[]) =>
  graph.floats(
    ones(shape).map((v, i) => v + i),
    shape,
  );
const last = (shape: number[]) => shape.slice(-1);
const mean = (graph: GraphBuilder, x: string, axes: number[]) =>
  graph.op('Mean', [x, graph.integers(axes)], {keep_dims: {b: true}});

/** As tf.nn.moments and tf.nn.batch_normalization write it. */
const moments =
  (axes: (shape: number[]) => number[], paramsOf: ((shape: number[]) => number[]) | null): Write =>
  (graph, x, shape) => {
    const m = mean(graph, x, axes(shape));
    const v = mean(graph, graph.op('SquaredDifference', [x, m]), axes(shape));
    const r = graph.op('Rsqrt', [graph.op('AddV2', [v, graph.number(1e-3)])]);
    if (paramsOf == null) return graph.op('Mul', [graph.op('Sub', [x, m]), r]);
    const k = graph.op('Mul', [r, param(graph, paramsOf(shape))]);
    const moved = graph.op('Sub', [param(graph, paramsOf(shape)), graph.op('Mul', [m, k])]);
    return graph.op('AddV2', [graph.op('Mul', [x, k]), moved]);
  };

const byMeanSquare =
  (op: 'Mean' | 'Sum', hasGamma: boolean): Write =>
  (graph, x, shape) => {
    const axes = graph.integers([-1]);
    const spread = graph.op(op, [graph.op('Square', [x]), axes], {keep_dims: {b: true}});
    const floor = graph.op(op === 'Mean' ? 'AddV2' : 'Maximum', [spread, graph.number(1e-6)]);
    const y = graph.op('Mul', [x, graph.op('Rsqrt', [floor])]);
    return hasGamma ? graph.op('Mul', [y, param(graph, last(shape))]) : y;
  };

/** The parts of which the root, and what is centered, are used elsewhere too. */
const inPieces: Write = (graph, x, shape) => {
  const m = mean(graph, x, [-1]);
  const d = graph.op('Sub', [x, m]);
  const v = mean(graph, graph.op('Square', [d]), [-1]);
  const r = graph.op('Rsqrt', [graph.op('AddV2', [v, graph.number(1e-3)])]);
  const y = graph.op('Mul', [graph.op('Mul', [d, r]), param(graph, last(shape))]);
  const others = graph.op('Mul', [graph.op('AddV2', [v, m]), graph.number(0)]);
  return graph.op('AddV2', [graph.op('AddV2', [y, param(graph, last(shape))]), others]);
};

const rows = [
  [1, 8],
  [4, 64],
  [8, 64],
  [1, 4096],
  [1024, 8],
  [8192, 4],
  [128, 128],
  [1024, 768],
];
const maps = [
  [1, 4, 4, 8],
  [1, 32, 32, 16],
  [4, 64, 64, 32],
];

const across = [
  [2, 8, 8],
  [8, 64, 64],
  [4, 1024, 32],
];
const groups = [
  [1, 4, 4, 2, 4],
  [2, 32, 32, 4, 8],
];
const firsts = [
  [2, 8, 4, 4],
  [4, 32, 64, 64],
];

/** The mean is used elsewhere too, so that it is taken twice. */
const withMean: Write = (graph, x, shape) => {
  const m = mean(graph, x, [-1]);
  const v = mean(graph, graph.op('SquaredDifference', [x, m]), [-1]);
  const r = graph.op('Rsqrt', [graph.op('AddV2', [v, graph.number(1e-3)])]);
  const y = graph.op('Mul', [graph.op('Sub', [x, m]), r]);
  const scaled = graph.op('Mul', [y, param(graph, last(shape))]);
  return graph.op('AddV2', [scaled, graph.op('Tanh', [m])]);
};

/** Gamma belongs to rows, and beta to columns. */
const crossed: Write = (graph, x, shape) => {
  const m = mean(graph, x, [-1]);
  const v = mean(graph, graph.op('SquaredDifference', [x, m]), [-1]);
  const r = graph.op('Rsqrt', [graph.op('AddV2', [v, graph.number(1e-3)])]);
  const y = graph.op('Mul', [graph.op('Sub', [x, m]), r]);
  const scaled = graph.op('Mul', [y, param(graph, [shape[0], 1])]);
  return graph.op('AddV2', [scaled, param(graph, last(shape))]);
};

/** Two norms of one input, of other gammas, which share its mean and root. */
const twice: Write = (graph, x, shape) => {
  const m = mean(graph, x, [-1]);
  const v = mean(graph, graph.op('SquaredDifference', [x, m]), [-1]);
  const r = graph.op('Rsqrt', [graph.op('AddV2', [v, graph.number(1e-3)])]);
  const [a, b] = [0, 1].map(() => {
    const k = graph.op('Mul', [r, param(graph, last(shape))]);
    const moved = graph.op('Sub', [param(graph, last(shape)), graph.op('Mul', [m, k])]);
    return graph.op('AddV2', [graph.op('Mul', [x, k]), moved]);
  });
  return graph.op('Maximum', [a, b]);
};

const LAYER = (shape: number[]) => [shape.length - 1];

const KINDS: Array<[kind: string, write: Write, shapes: number[][]]> = [
  ['layer', moments(LAYER, last), rows],
  ['layer, no gamma', moments(LAYER, null), rows],
  ['layer, gamma of each element', moments(LAYER, shape => shape), rows],
  ['layer, gamma of each row', moments(LAYER, ([n]) => [n, 1]), rows],
  ['layer, gamma that widens', moments(LAYER, shape => [2, ...shape]), rows.slice(0, 6)],
  ['layer, mean and variance used too', inPieces, rows],
  ['rms', byMeanSquare('Mean', true), rows],
  ['rms, no gamma', byMeanSquare('Mean', false), rows],
  ['l2', byMeanSquare('Sum', false), rows],
  ['batch', moments(() => [0], last), rows.slice(1)],
  ['instance', moments(() => [1, 2], last), maps],
  [
    'instance, gamma of each example',
    moments(
      () => [1, 2],
      ([n, , , c]) => [n, 1, 1, c],
    ),
    maps,
  ],
  ['layer over channels of maps', moments(() => [3], last), maps],
  [
    'channels first, instance',
    moments(
      () => [2, 3],
      ([, c]) => [c, 1, 1],
    ),
    maps,
  ],
  ['layer, its mean used too', withMean, rows],
  ['layer, gamma of each row, beta of each column', crossed, rows],
  ['two layer norms of one root', twice, rows],
  ['layer over the middle axis', moments(() => [1], last), across],
  [
    'group',
    moments(
      () => [1, 2, 4],
      shape => [1, 1, 1, ...shape.slice(3)],
    ),
    groups,
  ],
  [
    'batch, channels first',
    moments(
      () => [0, 2, 3],
      ([, c]) => [c, 1, 1],
    ),
    firsts,
  ],
];

export async function* measureNodes(
  backend: string,
  only: RegExp,
  method: Method,
): AsyncGenerator<NodeFigure> {
  for (const [kind, write, shapes] of KINDS.filter(([kind]) => only.test(kind))) {
    for (const shape of shapes) {
      const graph = new GraphBuilder();
      const output = write(graph, graph.input(shape, []), shape);
      yield {kind, shape, backend, ...(await measure(graph.artifacts([output]), shape, method))};
    }
  }
}

async function measure(artifacts: tf.io.ModelArtifacts, shape: number[], method: Method) {
  const plain = {load: () => Promise.resolve(artifacts)};
  const models = [
    await tf.loadGraphModel(plain),
    await tf.loadGraphModel(fuseNormalizations(artifacts)),
  ];
  const x = tf.randomNormal(shape, 0, 1, 'float32', 1);
  const kernels: number[] = [];
  for (const model of models) {
    const profile = await tf.profile(() => {
      (model.execute(x) as tf.Tensor).dispose();
    });
    kernels.push(profile.kernels.length);
  }
  const timings = await timeInterleaved(
    models.map(model => ({run: () => (model.execute(x) as tf.Tensor).dispose()})),
    method,
  );
  x.dispose();
  for (const model of models) model.dispose();
  return {
    kernels: kernels as [number, number],
    times: timings.map(({samples}) => quantile(samples, 0.1)) as [number, number],
  };
}
