import * as tf from '@tensorflow/tfjs';
import * as tfn from '../../src/index.js';
import {expectClose} from '../close.js';
import {
  artifactsOf,
  type Kind,
  makeLayer,
  normal,
  saveAndLoad,
  setRandomWeights,
  type Source,
  SOURCES,
} from './helpers.js';

// The same formula of the same weights, rounded in another order, and then a matrix product.
const VALUE = 5e-6;

const CLASSES = {
  batchNormalization: {keras: 'BatchNormalization', ours: tfn.BatchNormalization},
  layerNormalization: {keras: 'LayerNormalization', ours: tfn.LayerNormalization},
};
const KINDS = Object.keys(CLASSES) as Kind[];

const ARGS = [
  {},
  {
    axis: 1,
    epsilon: 1e-4,
    center: false,
    trainable: false,
    gammaInitializer: {className: 'Constant', config: {value: 0.5}},
    gammaRegularizer: {className: 'L1L2', config: {l1: 0.25, l2: 0.5}},
    movingVarianceInitializer: {
      className: 'RandomUniform',
      config: {minval: 1, maxval: 2, seed: 3},
    },
    momentum: 0.5,
  },
];

const x = normal([4, 6, 5], 1, 2, 3);
const y = normal([4, 6, 2], 2);

describe.each(KINDS)('a model with %s', kind => {
  const {keras, ours} = CLASSES[kind];

  function modelFrom(source: Source): tf.Sequential {
    const norms = ['norm', 'norm_2'].map(name => makeLayer(source, kind, {name}));
    const last = tf.layers.dense({units: 2, name: 'last', kernelInitializer: 'ones'});
    const input = tf.layers.inputLayer({inputShape: [6, 5]});
    const model = tf.sequential({layers: [input, ...norms, last]});
    norms.forEach(setRandomWeights);
    return model;
  }

  const read = (model: tf.LayersModel) => model.predict(x) as tf.Tensor;
  const normsOf = (model: tf.LayersModel) =>
    model.layers.filter(({name}) => name.startsWith('norm'));

  async function loadReplaced(artifacts: tf.io.ModelArtifacts): Promise<tf.LayersModel> {
    const undo = tfn.replaceTfjsLayers();
    try {
      return await tf.loadLayersModel(tf.io.fromMemory(artifacts));
    } finally {
      undo();
    }
  }

  test.each(ARGS)('has the config of tfjs for the arguments %j', args => {
    const [expected, config] = SOURCES.map(source =>
      makeLayer(source, kind, {...args, name: 'norm'}).getConfig(),
    );
    expect(config).toMatchObject(expected);
    const more = Object.keys(config).filter(key => !(key in expected));
    // Keras has them; tfjs left them out.
    const constraints = ['betaConstraint', 'gammaConstraint'];
    expect(more).toEqual(kind === 'layerNormalization' ? constraints : []);
  });

  test('has the same weights in its file, in the same order', async () => {
    const [tfjs, ours] = await Promise.all([modelFrom('tfjs'), modelFrom('ours')].map(artifactsOf));
    expect(ours.weightSpecs).toEqual(tfjs.weightSpecs);
    expect(new Uint8Array(ours.weightData as ArrayBuffer)).toEqual(
      new Uint8Array(tfjs.weightData as ArrayBuffer),
    );
  });

  test('comes back from its file as it was', async () => {
    const model = modelFrom('ours');
    const loaded = await saveAndLoad(model);
    expect(normsOf(loaded).map(layer => layer.constructor)).toEqual([ours, ours]);
    expect(read(loaded).dataSync()).toEqual(read(model).dataSync());
  });

  test('of tfjs becomes one of ours under replaceTfjsLayers', async () => {
    const model = modelFrom('tfjs');
    const replaced = await loadReplaced(await artifactsOf(model));
    for (const layer of normsOf(replaced)) expect(layer).toBeInstanceOf(ours);
    expectClose(read(replaced), read(model), VALUE);

    const [expected, found] = [model, replaced].map(async each => {
      each.compile({optimizer: tf.train.sgd(0.01), loss: 'meanSquaredError'});
      await each.fit(x, y, {epochs: 3, shuffle: false, yieldEvery: 'never'});
      return each;
    });
    expectClose(read(await found), read(await expected), VALUE);
  });

  test('keeps the names of tfjs under replaceTfjsLayers, so that tfjs reads it again', async () => {
    const replaced = await loadReplaced(await artifactsOf(modelFrom('tfjs')));
    const loaded = await saveAndLoad(replaced);
    for (const layer of normsOf(loaded)) {
      expect(layer.getClassName()).toBe(keras);
      expect(layer).not.toBeInstanceOf(ours);
    }
    expectClose(read(loaded), read(replaced), VALUE);
  });

  test("of tfjs is tfjs's again once replaceTfjsLayers is undone", async () => {
    const model = modelFrom('tfjs');
    const artifacts = await artifactsOf(model);
    const classOf = (model: tf.LayersModel) => normsOf(model)[0].constructor;
    expect(classOf(await loadReplaced(artifacts))).not.toBe(classOf(model));
    const loaded = await tf.loadLayersModel(tf.io.fromMemory(artifacts));
    expect(classOf(loaded)).toBe(classOf(model));
    expect(read(loaded).dataSync()).toEqual(read(model).dataSync());
  });

  test('made by the factory of tfjs is of tfjs even under replaceTfjsLayers', () => {
    const before = makeLayer('tfjs', kind).constructor;
    const undo = tfn.replaceTfjsLayers();
    const during = makeLayer('tfjs', kind).constructor;
    undo();
    expect(during).toBe(before);
  });
});
