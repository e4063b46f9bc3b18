/** A small network on two spirals, trained with two norms side by side. */
import * as tf from '@tensorflow/tfjs';
import * as layers from '../../src/layers/index.js';
import {element} from './state.js';

const STEPS = 200;
const MAKE: Record<string, () => tf.layers.Layer | null> = {
  none: () => null,
  'batch norm': () => layers.batchNormalization({momentum: 0.9}),
  'layer norm': () => layers.layerNormalization(),
  'RMS norm': () => layers.rmsNormalization(),
  'group norm': () => layers.groupNormalization({groups: 4}),
  'L2 norm': () => layers.l2Normalization(),
  'power norm': () => layers.powerNormalization({warmupSteps: 20}),
  'dynamic tanh': () => layers.dynamicTanh(),
  'dynamic erf': () => layers.dynamicErf(),
};

function network(name: string): tf.Sequential {
  const model = tf.sequential();
  for (let depth = 0; depth < 6; depth++) {
    const kernelInitializer = tf.initializers.randomNormal({stddev: 0.12, seed: depth + 1});
    const input = depth === 0 ? {inputShape: [2]} : {};
    model.add(tf.layers.dense({units: 32, kernelInitializer, ...input}));
    const norm = MAKE[name]();
    if (norm != null) model.add(norm);
    model.add(tf.layers.activation({activation: 'tanh'}));
  }
  const kernelInitializer = tf.initializers.randomNormal({stddev: 0.2, seed: 99});
  model.add(tf.layers.dense({units: 1, activation: 'sigmoid', kernelInitializer}));
  model.compile({optimizer: tf.train.adam(0.01), loss: 'binaryCrossentropy'});
  return model;
}

function spirals(): [tf.Tensor2D, tf.Tensor2D] {
  const points: number[][] = [];
  const labels: number[][] = [];
  for (let i = 0; i < 256; i++) {
    const turn = (i / 256) * 2.5 * Math.PI + 0.4;
    const side = i % 2;
    const angle = turn + side * Math.PI;
    points.push([(turn / 8) * Math.cos(angle), (turn / 8) * Math.sin(angle)]);
    labels.push([side]);
  }
  return [tf.tensor2d(points), tf.tensor2d(labels)];
}

/** `queue` runs one job after the other. */
export function startTraining(queue: (job: () => Promise<void>) => Promise<unknown>): void {
  const [button, a, b] = ['train', 'norm-a', 'norm-b'].map(id => element(id)) as [
    HTMLButtonElement,
    HTMLSelectElement,
    HTMLSelectElement,
  ];
  for (const [select, chosen] of [
    [a, 'none'],
    [b, 'batch norm'],
  ] as const) {
    for (const name of Object.keys(MAKE)) select.add(new Option(name, name));
    select.value = chosen;
  }
  button.onclick = () => {
    button.disabled = true;
    void queue(() => train(a.value, b.value)).finally(() => (button.disabled = false));
  };
}

async function train(a: string, b: string): Promise<void> {
  // The fastest that every browser has and that has all gradients of a dense network.
  const before = tf.getBackend();
  if (!(await tf.setBackend('wasm'))) await tf.setBackend('cpu');
  const [x, y] = spirals();
  const models = [network(a), network(b)];
  const losses: number[][] = [[], []];
  for (let step = 1; step <= STEPS; step++) {
    for (const [i, model] of models.entries())
      losses[i].push((await model.trainOnBatch(x, y)) as number);
    if (step % 5 === 0 || step === STEPS) {
      draw(losses);
      element('training').textContent =
        `Step ${step} of ${STEPS}: the loss is ${losses[0].at(-1)!.toFixed(3)} with ${a} ` +
        `and ${losses[1].at(-1)!.toFixed(3)} with ${b}.`;
      await tf.nextFrame();
    }
  }
  tf.dispose([x, y]);
  models.forEach(model => model.dispose());
  await tf.setBackend(before);
}

function draw(losses: number[][]): void {
  const [width, height, left, bottom] = [600, 240, 40, 26];
  const top = Math.max(0.8, ...losses.flat());
  const path = (values: number[]) =>
    values
      .map((loss, i) => {
        const px = left + (i / (STEPS - 1)) * (width - left - 10);
        const py = 10 + (1 - loss / top) * (height - bottom - 10);
        return `${i === 0 ? 'M' : 'L'}${px.toFixed(1)} ${py.toFixed(1)}`;
      })
      .join('');
  element('curves').innerHTML =
    `<path class="axis" d="M${left} 10V${height - bottom}H${width - 10}"/>` +
    `<text x="${left - 6}" y="20" text-anchor="end">${top.toFixed(1)}</text>` +
    `<text x="${left - 6}" y="${height - bottom}" text-anchor="end">0</text>` +
    `<text x="${width - 10}" y="${height - 8}" text-anchor="end">step ${STEPS}</text>` +
    `<path class="a" d="${path(losses[0])}"/><path class="b" d="${path(losses[1])}"/>`;
}
