/** Whole trainings: the same data, the same first weights, another library's normalization. */
import * as tf from '@tensorflow/tfjs';
import {type Kind, type Layer, makeLayer, normal, type Source} from './helpers.js';

// What the requirement allows after all steps; rounding differences grow with every one of them.
const CURVE = 1e-4;

type Net = {
  inputShape: number[];
  layers: (norm: (args?: object) => Layer) => Layer[];
};

const seeded = (seed: number) => tf.initializers.glorotUniform({seed});
// A bias before the norm has no effect, so its gradient is noise, which adam would scale up.
const hidden = {useBias: false, kernelInitializer: seeded(1)};
const classes = () =>
  tf.layers.dense({units: 3, activation: 'softmax', kernelInitializer: seeded(2)});

const denseNet = (args?: object): Net => ({
  inputShape: [8],
  layers: norm => [
    tf.layers.dense({units: 12, inputShape: [8], ...hidden}),
    norm(args),
    tf.layers.reLU(),
    classes(),
  ],
});

const NETS: Record<string, Net> = {
  dense: denseNet(),
  convolutional: {
    inputShape: [6, 6, 1],
    layers: norm => [
      tf.layers.conv2d({filters: 4, kernelSize: 3, inputShape: [6, 6, 1], ...hidden}),
      norm(),
      tf.layers.reLU(),
      tf.layers.flatten(),
      classes(),
    ],
  },
  regularized: denseNet({
    gammaInitializer: {className: 'Constant', config: {value: 0.5}},
    gammaRegularizer: {className: 'L1L2', config: {l1: 0, l2: 0.05}},
    betaRegularizer: 'l1l2',
  }),
};

const OPTIMIZERS: Record<string, () => tf.Optimizer> = {
  sgd: () => tf.train.sgd(0.1),
  adam: () => tf.train.adam(0.01),
};

function dataset(inputShape: number[], examples: number, seed: number) {
  const x = normal([examples, ...inputShape], seed, 1, 2);
  const rows = tf.reshape(x, [examples, -1]);
  const size = rows.shape[1] as number;
  const scores = tf.matMul(rows as tf.Tensor2D, normal([size, 3], 99) as tf.Tensor2D);
  return {x, y: tf.oneHot(tf.argMax(scores, 1) as tf.Tensor1D, 3)};
}

/** All that 24 steps show: 6 epochs of 4 batches, each with held-out data in inference mode. */
async function train(
  source: Source,
  kind: Kind,
  {inputShape, layers}: Net,
  optimizer: tf.Optimizer,
): Promise<Record<string, number[]>> {
  const model = tf.sequential({layers: layers(args => makeLayer(source, kind, args))});
  model.compile({optimizer, loss: 'categoricalCrossentropy', metrics: ['accuracy']});
  const data = dataset(inputShape, 64, 1);
  const heldOut = dataset(inputShape, 32, 2);
  const batches: number[] = [];
  const {history} = await model.fit(data.x, data.y, {
    epochs: 6,
    batchSize: 16,
    shuffle: false,
    yieldEvery: 'never',
    validationData: [heldOut.x, heldOut.y],
    callbacks: {onBatchEnd: (_, logs) => void batches.push(logs!['loss'], logs!['acc'])},
  });
  const flat = (...tensors: tf.Tensor[]) => tensors.flatMap(tensor => [...tensor.dataSync()]);
  return {
    ...(history as Record<string, number[]>),
    batches,
    evaluation: flat(...(model.evaluate(heldOut.x, heldOut.y) as tf.Scalar[])),
    predictions: flat(model.predict(heldOut.x) as tf.Tensor),
    weights: flat(...model.getWeights()),
  };
}

const KINDS: Kind[] = ['batchNormalization', 'layerNormalization'];
const trainings = Object.keys(NETS)
  .flatMap(net => Object.keys(OPTIMIZERS).map(optimizer => ({net, optimizer})))
  .flatMap(training => KINDS.map(kind => ({...training, kind})));

test.each(trainings)(
  'a $net net with $kind learns the same under $optimizer',
  async ({net, optimizer, kind}) => {
    const tfjs = await train('tfjs', kind, NETS[net], OPTIMIZERS[optimizer]());
    const ours = await train('ours', kind, NETS[net], OPTIMIZERS[optimizer]());

    expect(Object.keys(ours)).toEqual(Object.keys(tfjs));
    for (const [name, values] of Object.entries(tfjs)) {
      expect(ours[name]).toHaveLength(values.length);
      const differences = values.map((value, i) => Math.abs(value - ours[name][i]));
      expect(Math.max(...differences)).toBeLessThanOrEqual(CURVE);
    }
    expect(tfjs['batches']).toHaveLength(2 * 24);
    expect(tfjs['loss'][5]).toBeLessThan(0.8 * tfjs['loss'][0]);
  },
);
