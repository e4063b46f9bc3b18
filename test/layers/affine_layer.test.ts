/** gamma and beta: which there are, how they start, are regularized and constrained. */
import * as tf from '@tensorflow/tfjs';
import * as tfn from '../../src/index.js';
import {fromIdentifier} from '../../src/layers/identifiers.js';
import {expectClose} from '../close.js';
import {random} from '../random.js';
import {modelWith, saveAndLoad} from './layer_test.js';

type Args = NonNullable<Parameters<typeof tfn.layers.layerNormalization>[0]>;
type Make = (args?: Args) => tf.layers.Layer;

const LAYERS: Array<[string, Make]> = [
  ['batchNormalization', args => tfn.layers.batchNormalization(args as object)],
  ['layerNormalization', args => tfn.layers.layerNormalization(args)],
  ['groupNormalization', args => tfn.layers.groupNormalization({groups: 2, ...(args as object)})],
  ['instanceNormalization', args => tfn.layers.instanceNormalization(args as object)],
  ['powerNormalization', args => tfn.layers.powerNormalization(args as object)],
];

const x = tf.tensor(random(24 * 3 * 4, 1, 1, 2), [24, 3, 4]);
const label = tf.tensor2d(Array.from({length: 24}, (_, i) => [i % 2]));

describe.each(LAYERS)('%s', (_, make) => {
  test.each([
    [{}, ['gamma', 'beta']],
    [{scale: false}, ['beta']],
    [{center: false}, ['gamma']],
    [{scale: false, center: false}, []],
  ])('with %j trains %j', async (args, names) => {
    const layer = make(args);
    const model = modelWith(layer, [3, 4]);
    expect(layer.trainableWeights.map(w => w.originalName.split('/')[1])).toEqual(names);
    const before = layer.trainableWeights.map(w => w.read().dataSync().slice());
    await model.fit(x, label, {epochs: 1, verbose: 0});
    layer.trainableWeights.forEach((w, i) => expect(w.read().dataSync()).not.toEqual(before[i]));
  });

  test('takes initializers, regularizers and constraints, and saves them', async () => {
    const args: Args = {
      gammaInitializer: tf.initializers.constant({value: 3}),
      betaInitializer: 'glorotNormal',
      gammaRegularizer: tf.regularizers.l2({l2: 0.5}),
      betaRegularizer: 'l1l2',
      gammaConstraint: 'nonNeg',
      betaConstraint: tf.constraints.maxNorm({maxValue: 1}),
    };
    const layer = make(args);
    const model = modelWith(layer, [3, 4]);
    const [gamma] = layer.trainableWeights;
    expect(gamma.read().dataSync()).toEqual(new Float32Array(gamma.shape[0]!).fill(3));
    const squares = 9 * gamma.shape[0]!;
    const beta = layer.trainableWeights[1].read();
    const penalty = tf.sum(tf.add(tf.mul(0.01, tf.abs(beta)), tf.mul(0.01, tf.square(beta))));
    const losses = layer.calculateLosses().map(loss => loss.dataSync()[0]);
    expectClose(losses, [0.5 * squares, penalty.dataSync()[0]], 1e-5);

    const loaded = await saveAndLoad(model);
    const saved = (layer: tf.layers.Layer) =>
      JSON.stringify(layer.getConfig(), (key, v: unknown) => v ?? null);
    expect(JSON.parse(saved(loaded.layers[1]))).toEqual(JSON.parse(saved(layer)));
    expect(loaded.layers[1].calculateLosses()).toHaveLength(2);
  });

  test('holds gamma to its constraint from step to step', async () => {
    const minValue = 0.9;
    const layer = make({gammaConstraint: tf.constraints.minMaxNorm({minValue, maxValue: 1})});
    const model = modelWith(layer, [3, 4]);
    model.compile({optimizer: tf.train.sgd(10), loss: 'meanSquaredError'});
    await model.fit(x, label, {epochs: 2, verbose: 0});
    const y = model.predict(x) as tf.Tensor;
    const gamma = layer.getWeights()[0];
    // minMaxNorm divides by the norm plus tfjs's epsilon of 1e-7.
    expect(tf.norm(gamma).dataSync()[0]).toBeGreaterThan(minValue - 1e-6);
    expect(tf.norm(gamma).dataSync()[0]).toBeLessThan(1 + 1e-6);
    // What was saved right after training is held to it as well when it is loaded.
    expectClose((await saveAndLoad(model)).predict(x) as tf.Tensor, y, 1e-6);
  });
});

describe('an identifier', () => {
  const resolve = (identifier: string | object | null) =>
    fromIdentifier<tf.serialization.Serializable>('layer', 'argument', identifier);

  test.each([
    ['zeros', 'Zeros'],
    // tfjs saves these as Keras 2 does.
    ['glorotUniform', 'VarianceScaling'],
    ['glorot_uniform', 'VarianceScaling'],
    ['lecun_normal', 'VarianceScaling'],
    ['MaxNorm', 'MaxNorm'],
    ['l1l2', 'L1L2'],
    ['l1', 'L1L2'],
    ['L2', 'L1L2'],
  ])('%s stands for %s', (identifier, className) => {
    expect(resolve(identifier)?.getClassName()).toBe(className);
  });

  test("may be Keras 3's object", () => {
    const l2 = {
      module: 'keras.regularizers',
      className: 'L2',
      config: {l2: 0.25},
      registeredName: null,
    };
    expect(resolve(l2)?.getConfig()).toEqual({l1: 0, l2: 0.25});
  });

  test('may be a class of the user', () => {
    class Halves extends tf.serialization.Serializable {
      static className = 'Halves';
      getConfig() {
        return {};
      }
    }
    tf.serialization.registerClass(Halves);
    expect(resolve('halves')).toBeInstanceOf(Halves);
  });

  test('may be absent, or the object itself', () => {
    const ones = tf.initializers.ones();
    expect(resolve(null)).toBeNull();
    expect(resolve(ones)).toBe(ones);
  });
});
