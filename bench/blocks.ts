/**
 * The time of the fused blocks of docs/blocks.md beside that of the same in our plain norms and tf ops:
 *
 *     node scripts/run.mjs bench/blocks.ts [--backend wasm,tensorflow,cpu] [--rounds 15] [--only addRmsNorm]
 *
 * A row has the milliseconds of our op, forward and for a step (forward and the gradients of all inputs), and how
 * many times as long the other way takes. A run of all cases on all backends writes bench/results/blocks.md.
 */
import {writeFileSync} from 'node:fs';
import {loadavg} from 'node:os';
import {join} from 'node:path';
import {parseArgs} from 'node:util';
import * as tf from '@tensorflow/tfjs';
import '../src/index.js';
import {startBackend} from './backends.js';
import {type Block, BLOCK_CASES, type BlockCase} from './block_cases.js';
import {environmentOf} from './environment.js';
import {rest} from './garbage.js';
import {quantile, timeInterleaved} from './measure.js';
import {describe} from './report.js';
import {errorOf, normals} from './run.js';

const ALL_BACKENDS = 'wasm,tensorflow,cpu';
const {values} = parseArgs({
  options: {
    backend: {type: 'string', default: ALL_BACKENDS},
    rounds: {type: 'string', default: '15'},
    only: {type: 'string', default: ''},
  },
});
const rounds = Number(values.rounds);

/**
 * Gives the outputs gradients that are there already. tfjs disposes of those that it adds to others, so they are
 * handles of their own on the same values; tf.clone would copy these on wasm.
 */
const withGradients = (grads: tf.Tensor[]) =>
  tf.customGrad((..._: unknown[]) => ({
    value: tf.scalar(0),
    gradFunc: () => grads.map(grad => tf.reshape(grad, grad.shape)),
  }));

/** A forward pass and a step of a block. */
function passesOf(block: Block, inputs: tf.Tensor[], grads: tf.Tensor[]) {
  const step = tf.grads((...inputs: tf.Tensor[]) => withGradients(grads)(...block(...inputs)));
  return [() => tf.tidy(() => block(...inputs)), () => step(inputs)];
}

const LARGEST_ERROR = 1e-3;

/** Throws where the two ways compute something else. */
function compare(name: string, ours: tf.Tensor[], other: tf.Tensor[]): void {
  ours.forEach((tensor, i) => {
    const error = errorOf(tensor.dataSync<'float32'>(), other[i].dataSync<'float32'>());
    if (!(error <= LARGEST_ERROR)) throw new Error(`${name}: result ${i} differs by ${error}.`);
  });
  tf.dispose([ours, other]);
}

/** The milliseconds of each pass, ours and the other way's. */
async function measure({name, shapes, ours, other, otherShapes}: BlockCase) {
  const made = (shapes: number[][]) =>
    shapes.map(shape => tf.tensor(normals(tf.util.sizeFromShape(shape), 1, 0), shape));
  const inputs = made(shapes);
  const grads = made(tf.tidy(() => ours(...inputs).map(({shape}) => shape)));
  const others = otherShapes && made(otherShapes);
  const othersGrads = others && grads.map(grad => tf.reshape(grad, otherShapes[0]));
  const passes = passesOf(ours, inputs, grads);
  const otherPasses = passesOf(other, others ?? inputs, othersGrads ?? grads);
  if (others == null) passes.forEach((pass, i) => compare(name, pass(), otherPasses[i]()));
  const tasks = [...passes, ...otherPasses].map(pass => ({run: () => tf.dispose(pass())}));
  const timings = await timeInterleaved(tasks, {rounds, warmUp: 100, rest});
  tf.dispose([inputs, grads, others ?? [], othersGrads ?? []]);
  return timings.map(({samples}) => quantile(samples, 0.1));
}

const lines = ['| | | backend | forward, ms | | step, ms | |', '|---|---|---|--:|--:|--:|--:|'];
console.log(lines.join('\n'));
const environment = environmentOf('', null, rounds, {});
for (const backend of values.backend.split(',')) {
  await startBackend(backend);
  for (const block of BLOCK_CASES.filter(({name}) => name.includes(values.only))) {
    const [forward, step, otherForward, otherStep] = await measure(block);
    const shapes = block.shapes.map(shape => `[${shape.join(', ')}]`).join(', ');
    const ratios = [otherForward / forward, otherStep / step].map(r => `${r.toFixed(2)} ×`);
    const cells = [forward, step].flatMap((ms, i) => [ms.toFixed(3), ratios[i]]);
    lines.push(`| ${[block.name, shapes, backend, ...cells].join(' | ')} |`);
    console.log(lines[lines.length - 1]);
  }
}
environment.loadAverage[1] = loadavg()[0];
const run = `${describe({...environment, backend: undefined})}.`;
console.log(`\n${run}`);
if (values.only === '' && values.backend === ALL_BACKENDS) {
  const path = join(import.meta.dirname, 'results', 'blocks.md');
  writeFileSync(path, [...lines, '', run, ''].join('\n'));
}
