/** Importing our package adds to tfjs, and leaves all else alone. */
import * as tf from '@tensorflow/tfjs';
import {random} from '../random.js';

const layer = {class_name: 'Dense', config: {name: 'dense', units: 4}};
// As Keras 3 saves them, without what every layer has.
const MISSING_IN_TFJS = {
  GroupNormalization: {groups: 2, axis: -1, epsilon: 1e-3, center: true, scale: true},
  InstanceNormalization: {groups: -1, axis: -1, epsilon: 1e-3, center: true, scale: true},
  RMSNormalization: {axis: [-1], epsilon: 1e-6},
  UnitNormalization: {axis: -1},
  Normalization: {axis: [-1], invert: false, mean: null, variance: null},
  SpectralNormalization: {layer, power_iterations: 1},
  WeightNormalization: {layer, data_init: true},
  LocalResponseNormalization: {},
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

/** The things that tfjs has by their names: classes, kernels and gradients. */
function registered(): Map<string, unknown> {
  const kernels = tf.getKernelsForBackend('cpu');
  return new Map<string, unknown>([
    ...Object.entries(classNameMap).map(([name, [cls]]): [string, unknown] => [name, cls]),
    ...kernels.map(({kernelName, kernelFunc}): [string, unknown] => [kernelName, kernelFunc]),
    ...kernels.map(({kernelName: name}): [string, unknown] => [`d${name}`, tf.getGradient(name)]),
  ]);
}

/** The classes of tfjs's layers, made and loaded, what they compute, and how they learn from it. */
async function behaviour() {
  const {batchNormalization, layerNormalization} = tf.layers;
  const loaded = ['BatchNormalization', 'LayerNormalization'].map(name => loadLayer(name));
  const all = [batchNormalization({}), layerNormalization({}), ...(await Promise.all(loaded))];
  return all.map(layer => {
    const f = (x: tf.Tensor) => layer.apply(x, {training: true}) as tf.Tensor;
    const values = [f(x), tf.grad(f)(x, x), ...layer.getWeights()].map(t => t.dataSync());
    return {cls: layer.constructor, values};
  });
}

// One test, because the import cannot be taken back.
test("importing our package adds the layers that tfjs lacks and leaves tfjs's own alone", async () => {
  for (const [name, config] of Object.entries(MISSING_IN_TFJS)) {
    await expect(loadLayer(name, config)).rejects.toThrow(`Unknown layer: ${name}`);
  }
  const [before, behaviourBefore] = [registered(), await behaviour()];
  const tfn = await import('../../src/index.js');
  const after = registered();
  for (const [name, value] of before) expect(after.get(name)).toBe(value);
  expect(await behaviour()).toEqual(behaviourBefore);
  for (const name of ['BatchNormalization', 'FusedBatchNorm', 'dFusedBatchNorm']) {
    expect(before.get(name)).toBeDefined();
  }
  for (const [name, config] of Object.entries(MISSING_IN_TFJS)) {
    const layer = await loadLayer(name, config);
    expect(layer).toBeInstanceOf(tfn[name as keyof typeof MISSING_IN_TFJS]);
    expect((layer.apply(x) as tf.Tensor).shape).toEqual(x.shape);
  }
});
