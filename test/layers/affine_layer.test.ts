/** gamma and beta: which there are, how they start, are regularized and constrained. */
import * as tf from '@tensorflow/tfjs';
import * as tfn from '../../src/index.js';
import {fromIdentifier} from '../../src/layers/identifiers.js';
import {expectClose} from '../close.js';
import {compile, modelWith, namesOf, normal, saveAndLoad, train, valuesOf} from '../models.js';

type Args = NonNullable<Parameters<typeof tfn.layers.layerNormalization>[0]>;

const LAYERS = [
  'batchNormalization',
  'layerNormalization',
  'groupNormalization',
  'instanceNormalization',
  'powerNormalization',
] as const;

const x = normal([32, 3, 4]);

describe.each(LAYERS)('%s', name => {
  const make = (args: Args = {}) =>
    tfn.layers[name]({...(name === 'groupNormalization' && {groups: 2}), ...args} as object);

  test.each([
    [{}, ['gamma', 'beta']],
    [{scale: false}, ['beta']],
    [{center: false}, ['gamma']],
    [{scale: false, center: false}, []],
  ])('with %j trains %j', async (args, names) => {
    const layer = make(args);
    const model = modelWith(layer, [3, 4]);
    expect(namesOf(layer.trainableWeights)).toEqual(names);
    const before = valuesOf(layer);
    const losses = await train(model, x, 4);
    expect(losses[3]).toBeLessThan(losses[0]);
    valuesOf(layer).forEach((values, i) => expect(values).not.toEqual(before[i]));
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
    const [gamma, beta] = valuesOf(layer);
    expect(gamma).toEqual(Array(gamma.length).fill(3));
    const penalty = beta.reduce((sum, b) => sum + 0.01 * (Math.abs(b) + b * b), 0);
    const losses = layer.calculateLosses().map(loss => loss.dataSync()[0]);
    expectClose(losses, [0.5 * 9 * gamma.length, penalty], 1e-5);

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
    compile(model, 1);
    await train(model, x, 2);
    const y = model.predict(x) as tf.Tensor;
    const [norm] = tf.norm(layer.getWeights()[0]).dataSync();
    // minMaxNorm divides by the norm plus tfjs's epsilon of 1e-7.
    expect(norm).toBeGreaterThan(minValue - 1e-6);
    expect(norm).toBeLessThan(1 + 1e-6);
    // A model that was saved right after training is held to it as well when it is loaded.
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

  test("may be Keras 3's object, one of a user's class, the object itself, or absent", () => {
    const [module, registeredName] = ['keras.regularizers', null];
    const l2 = resolve({module, className: 'L2', config: {l2: 0.25}, registeredName});
    expect(l2?.getConfig()).toEqual({l1: 0, l2: 0.25});
    class Halves extends tf.serialization.Serializable {
      static className = 'Halves';
      getConfig() {
        return {};
      }
    }
    tf.serialization.registerClass(Halves);
    expect(resolve('halves')).toBeInstanceOf(Halves);
    const ones = tf.initializers.ones();
    expect(resolve(ones)).toBe(ones);
    expect(resolve(null)).toBeNull();
  });
});
