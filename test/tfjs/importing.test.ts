/** What importing our package changes in tfjs: it adds, and leaves all else alone. */
import * as tf from '@tensorflow/tfjs';
import {random} from '../random.js';

// As Keras 3 saves them, without what every layer has.
const MISSING_IN_TFJS = {
  GroupNormalization: {groups: 2, axis: -1, epsilon: 1e-3, center: true, scale: true},
  InstanceNormalization: {groups: -1, axis: -1, epsilon: 1e-3, center: true, scale: true},
  RMSNormalization: {axis: [-1], epsilon: 1e-6},
  UnitNormalization: {axis: -1},
  Normalization: {axis: [-1], invert: false, mean: null, variance: null},
  SpectralNormalization: {
    layer: {class_name: 'Dense', config: {name: 'dense', units: 4}},
    power_iterations: 1,
  },
  WeightNormalization: {
    layer: {class_name: 'Dense', config: {name: 'dense', units: 4}},
    data_init: true,
  },
  LocalResponseNormalization: {},
};
const IN_TFJS = {
  BatchNormalization: tf.layers.batchNormalization,
  LayerNormalization: tf.layers.layerNormalization,
};

const x = tf.tensor(random(24, 1, 2, 3), [2, 3, 4]);
const {classNameMap} = tf.serialization.SerializationMap.getMap();

async function loadLayer(className: string, config: object = {}): Promise<tf.layers.Layer> {
  const layer = {class_name: className, config: {...config, batch_input_shape: [null, 3, 4]}};
  const model = await tf.models.modelFromJSON({
    class_name: 'Sequential',
    config: {name: 'model', layers: [layer]},
  } as never);
  return model.layers[0];
}

function registered() {
  const kernels = tf.getKernelsForBackend('cpu');
  const gradients = kernels.map(({kernelName}) => [kernelName, tf.getGradient(kernelName)]);
  return {
    classes: new Map(Object.entries(classNameMap).map(([name, [cls]]) => [name, cls])),
    kernels: new Map(kernels.map(({kernelName, kernelFunc}) => [kernelName, kernelFunc])),
    gradients: new Map(gradients as [string, unknown][]),
  };
}

/** The layer's class, what it computes, and how it learns from it. */
function behaviour(layer: tf.layers.Layer) {
  const f = (x: tf.Tensor) => layer.apply(x, {training: true}) as tf.Tensor;
  const values = [f(x), tf.grad(f)(x, x), ...layer.getWeights()].map(tensor => tensor.dataSync());
  return {cls: layer.constructor, values};
}

async function allBehaviour() {
  const made = Object.values(IN_TFJS).map(factory => behaviour(factory()));
  const loaded = await Promise.all(Object.keys(IN_TFJS).map(name => loadLayer(name)));
  return [...made, ...loaded.map(behaviour)];
}

// One test, because the import cannot be taken back.
test("importing our package adds the layers that tfjs lacks and leaves tfjs's own alone", async () => {
  for (const [name, config] of Object.entries(MISSING_IN_TFJS)) {
    await expect(loadLayer(name, config)).rejects.toThrow(`Unknown layer: ${name}`);
  }
  const [before, behaviourBefore] = [registered(), await allBehaviour()];

  const tfn = await import('../../src/index.js');

  const after = registered();
  for (const [name, cls] of before.classes) expect(after.classes.get(name)).toBe(cls);
  for (const [name, kernel] of before.kernels) expect(after.kernels.get(name)).toBe(kernel);
  for (const [name, gradient] of before.gradients) expect(after.gradients.get(name)).toBe(gradient);
  expect(await allBehaviour()).toEqual(behaviourBefore);

  expect(before.classes.get('BatchNormalization')).toBeDefined();
  expect(before.kernels.get('FusedBatchNorm')).toBeDefined();
  expect(before.gradients.get('FusedBatchNorm')).toBeDefined();
  for (const [name, config] of Object.entries(MISSING_IN_TFJS)) {
    const layer = await loadLayer(name, config);
    expect(layer).toBeInstanceOf(tfn[name as keyof typeof MISSING_IN_TFJS]);
    expect((layer.apply(x) as tf.Tensor).shape).toEqual(x.shape);
  }
});
