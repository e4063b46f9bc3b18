/**
 * The time of the loops of `cpu`, `wasm` and `tensorflow` for layouts and lengths of rows, beside the time of
 * another layout of as many elements:
 *
 *     node scripts/run.mjs bench/layouts.ts [--backend wasm] [--rounds 15] [--only heads]
 */
import {parseArgs} from 'node:util';
import '@tensorflow/tfjs-backend-wasm';
import * as tf from '@tensorflow/tfjs';
import '../src/index.js';
import {asAttrMap, FusedNormalize, FusedNormalizeGrad} from '../src/kernels/contract.js';
import {MOMENTS} from '../src/statistic.js';
import {paramCount, viewOf} from '../src/view.js';
import {timeInterleaved} from './measure.js';

type Layout = {name: string; shape: number[]; reduced: number[]; params: number[]};
const layout = (
  name: string,
  shape: number[],
  reduced: number[],
  params: number[] = reduced,
): Layout => ({name, shape, reduced, params});

/** The first of each list is what the others are compared with. */
const LISTS: Layout[][] = [
  [
    layout('rows of 1024', [512, 1024], [1]),
    ...[256, 128, 64, 32, 16, 8, 3].map(n =>
      layout(`rows of ${n}`, [Math.ceil(2 ** 19 / n), n], [1]),
    ),
    layout('rows of 1024, no parameters', [512, 1024], [1], []),
    layout('rows of 32, no parameters', [16384, 32], [1], []),
    layout('groups of channels, 8 of 32', [2048, 8, 32], [2], [1, 2]),
    layout('groups of channels, 5 of 20', [5243, 5, 20], [2], [1, 2]),
    layout('heads, 8 of 64, each with weights', [8, 128, 8, 64], [3], [2, 3]),
    layout('heads first, 8 of 64, each with weights', [8, 8, 128, 64], [3], [1, 3]),
    layout('rows of 300 of groups, 8', [218, 8, 300], [2], [1, 2]),
  ],
  [
    layout('instance norm over a middle axis', [4, 512, 512], [1], [2]),
    layout('layer norm over a middle axis', [4, 512, 512], [1]),
    layout('the same without parameters', [4, 512, 512], [1], []),
    layout('the first of two axes', [512, 2048], [0]),
  ],
  [
    layout('batch norm, channels first', [32, 64, 56, 56], [0, 2, 3], [1]),
    layout('layer norm over channels first', [32, 64, 56, 56], [1]),
    layout('the same without parameters', [32, 64, 56, 56], [1], []),
    layout('instance norm, channels first', [32, 64, 56, 56], [2, 3], [1]),
  ],
  [
    layout('group norm', [16, 32, 32, 4, 16], [1, 2, 4], [3, 4]),
    layout('layer norm, axes apart', [16, 32, 32, 64], [1, 3]),
    layout('parameters of each element', [16, 32, 32, 64], [1, 2], [0, 1, 2, 3]),
  ],
];

const {values} = parseArgs({
  options: {
    backend: {type: 'string', default: 'cpu,wasm,tensorflow'},
    rounds: {type: 'string', default: '15'},
    only: {type: 'string', default: ''},
  },
});

function tasksOf({shape, reduced, params}: Layout) {
  const view = viewOf(shape, reduced, params);
  const attrs = {view, statistic: MOMENTS, epsilon: 1e-3};
  const forward = asAttrMap({...attrs, withStats: true, momentsShape: null, momentum: 0} as never);
  const backward = asAttrMap({...attrs, wanted: {dx: true, dparams: params.length > 0}} as never);
  const [x, dy] = [tf.randomNormal(shape), tf.randomNormal(shape)];
  const [gamma, beta] = [tf.ones([paramCount(view)]), tf.zeros([paramCount(view)])];
  const run = (name: string, inputs: tf.NamedTensorMap, map: typeof forward) =>
    tf.engine().runKernel<tf.Tensor[]>(name, inputs, map);
  const [y, stats] = run(FusedNormalize, {x, gamma, beta}, forward);
  const task = (name: string, inputs: tf.NamedTensorMap, map: typeof forward) => ({
    run: () => tf.dispose(run(name, inputs, map)),
  });
  return {
    tensors: [x, dy, gamma, beta, y, stats],
    tasks: [
      task(FusedNormalize, {x, gamma, beta}, forward),
      task(FusedNormalizeGrad, {dy, x, gamma, stats}, backward),
    ],
  };
}

const least = (samples: number[]) => Math.min(...samples);

for (const backend of values.backend.split(',')) {
  if (backend === 'tensorflow') await import('@tensorflow/tfjs-node');
  await tf.setBackend(backend);
  console.log(`${backend}: forward and backward, microseconds, and the ratio to the first`);
  for (const list of LISTS) {
    const layouts = list.filter((l, i) => i === 0 || l.name.includes(values.only));
    if (layouts.length === 1) continue;
    const made = layouts.map(tasksOf);
    const method = {rounds: Number(values.rounds), warmUp: 20, rest: () => Promise.resolve()};
    const timings = await timeInterleaved(made.flatMap(({tasks}) => tasks), method); // prettier-ignore
    const times = timings.map(({samples}) => 1000 * least(samples));
    layouts.forEach(({name, shape}, i) => {
      const [forward, backward] = times.slice(2 * i);
      const ratios = [forward / times[0], backward / times[1]].map(r => r.toFixed(2).padStart(6));
      const cells = [forward, backward].map(t => t.toFixed(0).padStart(7));
      console.log(`  ${cells.join('')} ${ratios.join('')}  ${name} [${shape.join(', ')}]`);
    });
    for (const {tensors} of made) tf.dispose(tensors);
  }
}
