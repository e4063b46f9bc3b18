/**
 * Microseconds of calls of small tensors, beside tf.relu of the same tensor, all in turn in one run:
 *
 *     node scripts/run.mjs bench/small_calls.ts [backend] [rounds]
 */
import * as tf from '@tensorflow/tfjs';
import * as tfn from 'tfjs-normalization';

const [, , backend = 'cpu', rounds = '300'] = process.argv;
if (backend === 'wasm') await import('@tensorflow/tfjs-backend-wasm');
if (backend === 'tensorflow') await import('@tensorflow/tfjs-node');
await tf.setBackend(backend);

/** Milliseconds of a sample: less than the time for which a busy machine lets a program run. */
const SAMPLE = 1.5;
const WARM_UP = 1000;

const x = tf.randomNormal([8, 64]);
const [gamma, beta] = [tf.ones([64]), tf.zeros([64])];

/** A layer's training step with the gradients of its input and weights. */
function step(layer: tf.layers.Layer): () => void {
  const [x, dy] = [tf.randomNormal([32, 64]), tf.randomNormal([32, 64])];
  layer.apply(x);
  const weights = layer.trainableWeights.map(weight => weight.read());
  const gradients = tf.grads(x => layer.apply(x, {training: true}) as tf.Tensor);
  return () => tf.dispose(gradients([x, ...weights], dy));
}

const tasks: Record<string, () => void> = {
  'tf.relu': () => tf.relu(x).dispose(),
  layerNorm: () => tfn.layerNorm(x).dispose(),
  'layerNorm with gamma and beta': () => tfn.layerNorm(x, {gamma, beta}).dispose(),
  groupNorm: () => tfn.groupNorm(x, {groups: 8, gamma, beta}).dispose(),
  'step of layer norm': step(tfn.layers.layerNormalization()),
  'step of batch norm': step(tfn.layers.batchNormalization()),
  'step of power norm': step(tfn.layers.powerNormalization()),
};

function microseconds(task: () => void, calls: number): number {
  const start = performance.now();
  for (let call = 0; call < calls; call++) task();
  return (1000 * (performance.now() - start)) / calls;
}

const samples = Object.values(tasks).map(task => {
  const warm = microseconds(task, WARM_UP);
  return {task, calls: Math.max(5, Math.round((1000 * SAMPLE) / warm)), times: [] as number[]};
});
for (let round = 0; round < Number(rounds); round++) {
  for (const {task, calls, times} of samples) times.push(microseconds(task, calls));
  await new Promise(resolve => setImmediate(resolve));
}
// A busy machine only ever adds time: the smallest tenth.
const tenths = samples.map(({times}) => times.sort((a, b) => a - b)[Math.floor(times.length / 10)]);
Object.keys(tasks).forEach((name, i) =>
  console.log(`${name}: ${tenths[i].toFixed(1)} us, ${(tenths[i] / tenths[0]).toFixed(2)} x relu`),
);
