/** Nets of the package's layers learn on the active backend what they learn on cpu. */
import * as tf from '@tensorflow/tfjs';
import * as tfn from '../../src/index.js';
import {composedLayers, fusedLayers, seeded} from '../every_layer.js';
import {random} from '../random.js';
import {assert, assertClose, type Case, onCpu, tidyCase} from './case.js';

const STEPS = 5;
// Rounding differences grow with every step.
const CURVE = 1e-3;

const convolutional = (): tf.Sequential =>
  tf.sequential({
    layers: [
      tf.layers.conv2d({
        filters: 8,
        kernelSize: 3,
        inputShape: [8, 8, 2],
        useBias: false,
        kernelInitializer: seeded(1),
      }),
      tfn.layers.batchNormalization(),
      tf.layers.reLU(),
      tf.layers.conv2d({
        filters: 8,
        kernelSize: 3,
        useBias: false,
        kernelInitializer: seeded(2),
      }),
      tfn.layers.groupNormalization({groups: 2}),
      tf.layers.reLU(),
      tf.layers.globalAveragePooling2d({}),
      tf.layers.dense({units: 1, kernelInitializer: seeded(3)}),
    ],
  });

const NETS = {
  'a convolutional net': convolutional,
  'a net of every fused layer': fusedLayers,
  'a net of every composed layer': composedLayers,
};

export const trainingCases: Case[] = Object.entries(NETS).map(([name, net]) =>
  tidyCase(`${name} learns as on cpu`, async () => {
    const found = await learn(net);
    const expected = await onCpu(() => learn(net));
    assert(expected.losses[STEPS - 1] < 0.9 * expected.losses[0], () => 'It does not learn.');
    assertClose('loss', found.losses, expected.losses, CURVE);
    assertClose('prediction', found.predictions, expected.predictions, CURVE);
  }),
);

/** The loss of each step, and what the net then says of its examples, in inference mode. */
async function learn(net: () => tf.Sequential) {
  const model = net();
  startAlike(model);
  const optimizer = tf.train.sgd(0.2);
  model.compile({optimizer, loss: 'meanSquaredError'});
  const [, ...shape] = model.inputs[0].shape as number[];
  const size = shape.reduce((a, b) => a * b, 1);
  const values = random(16 * size, 1);
  const x = tf.tensor(values, [16, ...shape]);
  // Something of the examples that can be learned.
  const y = tf.tensor(values.filter((_, i) => i % size === 0), [16, 1]); // prettier-ignore
  const losses: number[] = [];
  for (let step = 0; step < STEPS; step++) losses.push((await model.trainOnBatch(x, y)) as number);
  const predictions = await (model.predict(x) as tf.Tensor).data();
  model.dispose();
  optimizer.dispose();
  return {losses, predictions};
}

/** Spectral normalization starts at random, which has no seed. */
function startAlike(model: tf.Sequential): void {
  for (const weight of model.weights.filter(({name}) => name.includes('vector_u'))) {
    const shape = weight.shape as number[];
    weight.write(tf.tensor(random(tf.util.sizeFromShape(shape), 2, 0, 0.02), shape));
  }
}
