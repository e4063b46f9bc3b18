import * as tf from '@tensorflow/tfjs';
import {fuseNormalizations} from 'tfjs-normalization/graph';
import {type Method, quantile, timeInterleaved} from '../measure.js';
import {executedNodes, outputsOf} from './executed.js';
import {type GraphModel, MODELS} from './models.js';
import {needsOwnOp, registerOwnOp} from './own_op.js';

type Pair<T> = [before: T, after: T];

export type Figure = {
  model: string;
  inputs: number[][];
  backend: string;
  /** Why it cannot run there. */
  not?: string;
  /** Whether tfjs alone is wrong, so that it is compared with tfjs and an op of the program's own. */
  hasOwnOp?: boolean;
  nodes?: Pair<number>;
  /** The kernels that the backend runs: each is a launch on a GPU, but for reshaping. */
  kernels?: Pair<number>;
  /** Milliseconds: the least in nine of ten runs. */
  times?: Pair<number>;
  /** Milliseconds that loading takes more. */
  loading?: number;
  /** The largest difference of an output, relative to the root mean square. */
  difference?: number;
};

/** The figures of the models whose names match. */
export async function* measureModels(
  backend: string,
  only: RegExp,
  method: Method,
): AsyncGenerator<Figure> {
  for (const model of MODELS.filter(({name}) => only.test(name))) {
    console.error(`${backend}: ${model.name}`);
    yield await measureModel(backend, model, method);
  }
}

async function measureModel(backend: string, model: GraphModel, method: Method): Promise<Figure> {
  const {name, inputs: shapes} = model;
  const head = {model: name, inputs: shapes, backend};
  const not = model.not?.[backend];
  if (not != null) return {...head, not};

  const artifacts = await model.artifacts();
  const outputs = outputsOf(artifacts);
  const hasOwnOp = needsOwnOp(artifacts);
  if (hasOwnOp) registerOwnOp();
  const before = await tf.loadGraphModel(given(artifacts));
  const handler = fuseNormalizations(artifacts);
  const start = performance.now();
  const rewritten = await handler.load!();
  const loading = performance.now() - start;
  const after = await tf.loadGraphModel(given(rewritten));

  const {fused, refused} = handler.report!;
  const nodes = [artifacts, rewritten].map(each => executedNodes(each, outputs));
  checkCounts(model, fused.length, refused.length, nodes);
  const inputs = shapes.map((shape, i) => tf.randomUniform(shape, 0, 1, 'float32', i + 1));
  const both = [before, after];
  const run = (each: tf.GraphModel) => tf.tidy(() => [each.predict(inputs)].flat()[0] as tf.Tensor);
  const results = both.map(run);
  const kernels: number[] = [];
  for (const each of both) kernels.push(await kernelsOf(() => run(each)));
  const timings = await timeInterleaved(
    both.map(each => ({
      run: async () => {
        const y = run(each);
        await y.data();
        y.dispose();
      },
    })),
    method,
  );
  const difference = differenceOf(results);
  if (!(difference <= 1e-2)) throw new Error(`${name}: fused, it is off by ${difference}.`);
  tf.dispose([inputs, results]);
  for (const each of both) each.dispose();
  return {
    ...head,
    ...{hasOwnOp, loading, difference, nodes: nodes as Pair<number>},
    kernels: kernels as Pair<number>,
    times: timings.map(({samples}) => quantile(samples, 0.1)) as Pair<number>,
  };
}

const given = (artifacts: tf.io.ModelArtifacts): tf.io.IOHandler => ({
  load: () => Promise.resolve(artifacts),
});

function checkCounts(
  {name, norms, nodes}: GraphModel,
  fused: number,
  refused: number,
  ran: number[],
) {
  if (fused !== norms || refused > 0) {
    throw new Error(`${name}: ${fused} of ${norms} norms are fused, and ${refused} refused.`);
  }
  if (ran[0] !== nodes[0] || ran[1] > nodes[1]) {
    throw new Error(`${name}: of ${ran[0]} nodes, ${ran[1]} run when it is fused.`);
  }
}

async function kernelsOf(run: () => tf.Tensor): Promise<number> {
  const {kernels} = await tf.profile(() => {
    run().dispose();
  });
  return kernels.length;
}

function differenceOf([before, after]: tf.Tensor[]): number {
  const [a, b] = [before, after].map(t => Array.from(t.dataSync()));
  const scale = Math.sqrt(a.reduce((sum, v) => sum + v * v, 0) / a.length);
  return a.reduce((most, v, i) => Math.max(most, Math.abs(v - b[i])), 0) / scale;
}
