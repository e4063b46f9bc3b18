import * as tf from '@tensorflow/tfjs';
import * as tfn from '../../src/index.js';
import {watchNorms} from '../../src/models/index.js';
import {expectClose} from '../close.js';
import {labelsOf, normal} from '../models.js';

const build = () => {
  const kernelInitializer = tf.initializers.glorotNormal({seed: 1});
  const model = tf.sequential({
    name: 'a<b',
    layers: [
      tf.layers.dense({units: 4, inputShape: [4], kernelInitializer}),
      tf.layers.batchNormalization({name: 'b1'}),
      tfn.layers.layerNormalization({name: 'l1'}),
      tf.layers.dense({units: 1, activation: 'sigmoid', kernelInitializer}),
    ],
  });
  model.compile({optimizer: 'sgd', loss: 'meanSquaredError'});
  return model;
};
const x = normal([32, 4]);
const options = {batchSize: 8, epochs: 2, shuffle: false, verbose: 0};

test('records what layers give and get back, and changes nothing of the training', async () => {
  const [plain, watched] = [build(), build()];
  const y = labelsOf(x);
  await plain.fit(x, y, options);
  const watch = watchNorms(watched, {every: 3});
  const {numTensors} = tf.memory();
  await watched.fit(x, y, {...options, callbacks: watch});
  expect(tf.memory().numTensors).toBe(numTensors);
  plain.weights.forEach((weight, i) => expectClose(watched.weights[i].read(), weight.read(), 1e-6));
  expect(watch.records.map(({step, layer}) => [step, layer])).toEqual(
    [0, 3, 6].flatMap(step => [
      [step, 'b1'],
      [step, 'l1'],
    ]),
  );
  expect(Object.hasOwn(watched.layers[1], 'call')).toBe(false);
  const first = watch.records[1];
  expect(Math.abs(first.mean)).toBeLessThan(1e-3);
  expect(Math.abs(first.deviation - 1)).toBeLessThan(0.01);
  expect(first.gradient).toBeCloseTo(gradientByHand(build()), 6);
  expect(first.negative).toBeGreaterThan(0.2);
  expect(watch.toText().split('\n')).toHaveLength(8);
  expect(watch.toText()).toMatch(/^b1 {2}mean {7}[▁▂▃▄▅▆▇█]{3} +\S+ → \S+$/m);
  expect(watch.toHtml()).toContain('<h1>Norm layers of a&lt;b</h1>');
  expect(watch.toHtml().match(/<polyline/g)).toHaveLength(8);
});

/** The root mean square of the first step's gradient by the outputs of the last norm. */
function gradientByHand(model: tf.Sequential): number {
  const batch = tf.slice(x, 0, 8);
  const [dense, batchNorm, layerNorm, last] = model.layers;
  const h = [dense, batchNorm, layerNorm].reduce<tf.Tensor>(
    (value, layer) => layer.call(value, {training: true}) as tf.Tensor,
    batch,
  );
  const loss = (h: tf.Tensor) =>
    tf.losses.meanSquaredError(labelsOf(batch), last.call(h, {}) as tf.Tensor);
  return tf.sqrt(tf.mean(tf.square(tf.grad(loss as never)(h)))).dataSync()[0];
}
