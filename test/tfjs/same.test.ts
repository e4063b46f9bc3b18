/** In a model and its training, our layers take the place of tfjs's and nothing else changes. */
import * as tf from '@tensorflow/tfjs';
import {expectClose} from '../close.js';
import {artifactsOf, normal} from '../models.js';
import {built, KINDS, makeLayer, type Kind, type Source, SOURCES} from './helpers.js';

// Rounding differences grow with every step.
const CURVE = 1e-4;

const glorot = (seed: number) => tf.initializers.glorotUniform({seed});
const HALF = {className: 'Constant', config: {value: 0.5}};

/** A model within the model, a layer that is used twice, a residual branch, and regularizers. */
function modelOf(source: Source, kind: Kind): tf.LayersModel {
  // A bias before the norm has no effect, so its gradient is noise, which adam would scale up.
  const linear = (seed: number) => ({useBias: false, kernelInitializer: glorot(seed)});
  const regularized = {
    gammaInitializer: HALF,
    gammaRegularizer: {className: 'L1L2', config: {l1: 0, l2: 0.05}},
    betaRegularizer: 'l1l2',
  };
  const inner = tf.sequential({
    layers: [
      tf.layers.conv2d({filters: 4, kernelSize: 3, inputShape: [6, 6, 1], ...linear(1)}),
      makeLayer(source, kind, regularized),
      tf.layers.reLU(),
      tf.layers.flatten(),
      tf.layers.dense({units: 8, ...linear(2)}),
    ],
  });
  const inputs = tf.input({shape: [6, 6, 1]});
  const shared = makeLayer(source, kind);
  const x = inner.apply(inputs) as tf.SymbolicTensor;
  const y = shared.apply(x) as tf.SymbolicTensor;
  const z = shared.apply(tf.layers.reLU().apply(y)) as tf.SymbolicTensor;
  const all = tf.layers.add().apply([x, y, z]) as tf.SymbolicTensor;
  const last = tf.layers.dense({units: 3, activation: 'softmax', kernelInitializer: glorot(3)});
  return tf.model({inputs, outputs: last.apply(all) as tf.SymbolicTensor});
}

function examples(count: number, seed: number) {
  const xs = normal([count, 6, 6, 1], seed);
  const scores = tf.matMul(tf.reshape(xs, [count, 36]), tf.reshape(normal([108], 99), [36, 3]));
  return {xs, ys: tf.oneHot(tf.argMax(scores, 1) as tf.Tensor1D, 3)};
}

/** All that 24 steps show: 6 epochs of 4 batches, each with held-out data in inference mode. */
async function learned(model: tf.LayersModel, optimizer: tf.Optimizer) {
  model.compile({optimizer, loss: 'categoricalCrossentropy', metrics: ['accuracy']});
  const [{xs, ys}, heldOut] = [examples(64, 1), examples(32, 2)];
  const validationData: [tf.Tensor, tf.Tensor] = [heldOut.xs, heldOut.ys];
  const options = {epochs: 6, batchSize: 16, shuffle: false, verbose: 0, validationData};
  const {history} = await model.fit(xs, ys, options);
  const flat = (...tensors: tf.Tensor[]) => tensors.flatMap(tensor => [...tensor.dataSync()]);
  return {
    ...(history as Record<string, number[]>),
    predictions: flat(model.predict(heldOut.xs) as tf.Tensor),
    weights: flat(...model.getWeights()),
  };
}

const OPTIMIZERS: Record<string, () => tf.Optimizer> = {
  sgd: () => tf.train.sgd(0.1),
  adam: () => tf.train.adam(0.01),
};

describe.each(KINDS)('a model with %s', kind => {
  test.each(Object.entries(OPTIMIZERS))(
    'learns the same under %s',
    async (_, optimizer) => {
      const tfjs: Record<string, number[]> = await learned(modelOf('tfjs', kind), optimizer());
      const ours: Record<string, number[]> = await learned(modelOf('ours', kind), optimizer());
      expect(Object.keys(ours)).toEqual(Object.keys(tfjs));
      for (const [name, values] of Object.entries(tfjs)) {
        expectClose(ours[name], values, CURVE, 1);
      }
      expect(tfjs['loss'][5]).toBeLessThan(0.8 * tfjs['loss'][0]);
    },
    60_000,
  );

  test('has the same weights in its file, in the same order', async () => {
    const files = SOURCES.map(async source => {
      const layer = built(source, kind, {name: 'norm'}, [1, 4]);
      const input = tf.layers.inputLayer({inputShape: [4]});
      const {weightSpecs, weightData} = await artifactsOf(tf.sequential({layers: [input, layer]}));
      return {weightSpecs, weightData: new Uint8Array(weightData as ArrayBuffer)};
    });
    const [tfjs, ours] = await Promise.all(files);
    expect(ours).toEqual(tfjs);
  });

  test('has the config of tfjs', () => {
    const isBatch = kind === 'batchNormalization';
    const random = {className: 'RandomUniform', config: {minval: 1, maxval: 2, seed: 3}};
    const all = {
      ...{name: 'norm', axis: 1, epsilon: 1e-4, center: false, trainable: false},
      gammaInitializer: HALF,
      gammaRegularizer: {className: 'L1L2', config: {l1: 0.25, l2: 0.5}},
      ...(isBatch && {movingVarianceInitializer: random, momentum: 0.5}),
    };
    for (const each of [{name: 'norm'}, all]) {
      const [tfjs, ours] = SOURCES.map(source => makeLayer(source, kind, each).getConfig());
      expect(ours).toMatchObject(tfjs);
      const more = Object.keys(ours).filter(key => !(key in tfjs));
      // Keras has them; tfjs left them out.
      expect(more).toEqual(isBatch ? [] : ['betaConstraint', 'gammaConstraint']);
    }
  });
});
