/** The playground: one norm on one backend, beside what else computes it. */
import * as tf from '@tensorflow/tfjs';
import {type Norm, NORMS, normOf} from '../norms.js';
import {BACKENDS, use} from './backends.js';
import {cube, layoutOf} from './cube.js';
import {distance} from './exact.js';
import {heat} from './heat.js';
import {launches, milliseconds} from './measure.js';
import {referenceOf} from './reference.js';
import {type Data, waysOf} from './rivals.js';
import {bindAddress, element, textIn} from './state.js';
import {startTraining} from './training.js';

const form = element('settings') as HTMLFormElement;
const status = element('status');
const LARGEST = 2 ** 22;

/** The settings, or an error that says what is wrong with them. */
function settings() {
  const fields = new FormData(form);
  const text = (name: string) => fields.get(name) as string;
  const shape = text('shape')
    .split(/[\s,×x]+/)
    .filter(Boolean)
    .map(Number);
  if (shape.length < 2 || shape.some(size => !(Number.isInteger(size) && size > 0))) {
    throw new Error('The shape is a list of two or more whole numbers, as in 8, 16, 32.');
  }
  const size = shape.reduce((a, b) => a * b);
  if (size > LARGEST) throw new Error(`The shape has ${size} elements; at most ${LARGEST} here.`);
  const norm = normOf(text('norm'));
  // A setting that cannot be chosen is not among the fields.
  const isFirst = fields.get('layout') === 'first' && norm.lastOnly !== true;
  const axis = isFirst ? 1 : shape.length - 1;
  return {norm, shape, axis, groups: Number(fields.get('groups') ?? 1), backend: text('backend')};
}

const random = (seed: number, shape: number[], scale: number, shift: number) =>
  tf.tidy(() => {
    const flat = tf.randomNormal([tf.util.sizeFromShape(shape)], 0, 1, 'float32', seed);
    return tf.reshape(tf.add(tf.mul(flat, scale), shift), shape);
  });

function dataOf(norm: Norm, shape: number[], axis: number, groups: number): Data {
  const paramShape = norm.paramShape?.(shape, axis) ?? [shape[axis]];
  const params = norm.params.map((_, i) => random(3 + i, paramShape, 0.3, i === 0 ? 1 : 0));
  const [x, dy] = [random(1, shape, 1.5, 0.7), random(2, shape, 1, 0)];
  return {x, dy, gamma: params[0], beta: params[1], axis, groups};
}

type Row = {name: string; y: number; dx: number};

async function show(limit: number): Promise<Row[]> {
  const {norm, shape, axis, groups, backend} = settings();
  if (!(await use(backend))) throw new Error(`This browser does not have the backend ${backend}.`);
  const data = dataOf(norm, shape, axis, groups);
  const {x, dy, gamma, beta} = data;
  try {
    const layout = layoutOf(shape, axis);
    const reference = referenceOf(norm, data, layout);
    element('cube').innerHTML = cube(reference, layout, norm.labels);
    const [before, upstream, scale, shift] = await Promise.all(
      [x, dy, gamma, beta].map(async tensor => (tensor == null ? null : tensor.data())),
    );
    const right = reference.exact({
      ...{x: before!, gamma: scale!, beta: shift!, dy: upstream!},
      layout,
    });
    heat(element('before') as HTMLCanvasElement, before!, layout);
    const rows: Row[] = [];
    const body = element('times');
    body.replaceChildren();
    for (const way of waysOf(norm, reference, data)) {
      status.textContent = `Measures ${way.name} on ${backend} …`;
      const row = document.createElement('tr');
      row.append(textIn('th', way.name));
      try {
        const y = way.forward();
        const values = await y.data();
        y.dispose();
        if (way.name === 'this package')
          heat(element('after') as HTMLCanvasElement, values, layout);
        row.append(
          textIn('td', (await milliseconds(way.forward, limit)).toFixed(2)),
          textIn('td', String(await launches(way.forward))),
        );
        const off = distance(values, right.y);
        const gradients = way.both();
        const offX = distance(await gradients[0].data(), right.dx);
        tf.dispose(gradients);
        row.append(
          textIn('td', (await milliseconds(way.both, limit)).toFixed(2)),
          textIn('td', String(await launches(way.both))),
          textIn('td', `${off.toExponential(1)}, ${offX.toExponential(1)}`),
        );
        rows.push({name: way.name, y: off, dx: offX});
      } catch (error) {
        while (row.children.length < 6) row.append(textIn('td', '–'));
        row.lastChild!.textContent = `fails: ${(error as Error).message}`;
      }
      body.append(row);
    }
    status.textContent = `Done on ${backend}: ${norm.title}, [${shape.join(', ')}].`;
    return rows;
  } finally {
    tf.dispose([x, dy, gamma, beta].filter(tensor => tensor != null));
  }
}

/** One after the other, since all share a backend. */
let last: Promise<unknown> = Promise.resolve();
function run(limit = 300): Promise<Row[]> {
  const next = last.then(() => show(limit));
  last = next.catch((error: unknown) => {
    status.textContent = (error as Error).message;
  });
  return next;
}

/** Settings that a norm does not have cannot be chosen. */
function offer(): void {
  const {id, lastOnly} = normOf((element('norm') as HTMLSelectElement).value);
  (element('groups') as HTMLInputElement).disabled = id !== 'group';
  (element('layout') as HTMLSelectElement).disabled = lastOnly === true;
}

for (const {id, title} of NORMS) (element('norm') as HTMLSelectElement).add(new Option(title, id));
for (const name of BACKENDS) (element('backend') as HTMLSelectElement).add(new Option(name, name));
startTraining(job => (last = last.then(job)));
bindAddress(form);
offer();
form.addEventListener('change', () => {
  offer();
  void run().catch(() => {});
});
form.addEventListener('submit', event => {
  event.preventDefault();
  void run().catch(() => {});
});
void run().catch(() => {});

// For the tests of the site.
Object.assign(globalThis, {playground: {run, idle: () => last}});
