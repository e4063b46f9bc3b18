/** Models of others mean other things by the names of our classes. */
import * as tf from '@tensorflow/tfjs';
import * as core from '@tensorflow/tfjs-core';
import * as tfLayers from '@tensorflow/tfjs-layers';
import type * as Package from '../../src/index.js';
import {expectClose} from '../close.js';
import {artifactsOf, namesOf, normal, saveAndLoad} from '../models.js';
import {random} from '../random.js';

// One tfjs for all copies of the package.
jest.doMock('@tensorflow/tfjs-core', () => core);
jest.doMock('@tensorflow/tfjs-layers', () => tfLayers);

/** The package as a program imports it that has done `before`. */
function importPackage(before: () => void = () => undefined): typeof Package {
  let tfn: typeof Package | undefined;
  before();
  jest.isolateModules(() => (tfn = jest.requireActual<typeof Package>('../../src/index.js')));
  return tfn!;
}

class InstanceNormalization extends tf.layers.Layer {
  static readonly className = 'InstanceNormalization';

  constructor(private readonly args: {strength: number; name?: string}) {
    super(args);
  }

  override call(inputs: tf.Tensor | tf.Tensor[]): tf.Tensor {
    return tf.mul([inputs].flat()[0], this.args.strength);
  }

  override getConfig(): tf.serialization.ConfigDict {
    return {...super.getConfig(), strength: this.args.strength};
  }
}
const register = () => tf.serialization.registerClass(InstanceNormalization);
const {classNameMap} = tf.serialization.SerializationMap.getMap();
const x = normal([2, 3, 4, 5]);
/** A model of one layer that loads what a file says of it. */
const load = (className: string, config: object) =>
  tf.models.modelFromJSON({
    class_name: 'Sequential',
    config: {
      name: 'model',
      layers: [
        {
          class_name: className,
          config: {name: 'norm', batch_input_shape: [null, 3, 4, 5], ...config},
        },
      ],
    },
  } as never);

let warnings: string[];
let registered: typeof classNameMap;
beforeEach(() => {
  registered = {...classNameMap};
  warnings = [];
  // tfjs keeps silent in tests.
  tf.env().set('IS_TEST', false);
  jest.spyOn(console, 'warn').mockImplementation((...args) => void warnings.push(args.join(' ')));
});
afterEach(() => {
  tf.env().set('IS_TEST', true);
  jest.restoreAllMocks();
  for (const name of Object.keys(classNameMap)) Reflect.deleteProperty(classNameMap, name);
  Object.assign(classNameMap, registered);
});

test.each([
  ['before', 1],
  ['after', 0],
])(
  "a program's own class of our name, registered %s, is what its models have",
  async (when, said) => {
    const tfn = importPackage(when === 'before' ? register : undefined);
    if (when === 'after') register();
    const model = tf.sequential({
      layers: [new InstanceNormalization({strength: 3, inputShape: [3, 4, 5]} as never)],
    });
    const loaded = await saveAndLoad(model);
    expect(loaded.layers[0]).toBeInstanceOf(InstanceNormalization);
    expectClose(loaded.predict(x) as tf.Tensor, tf.mul(x, 3), 0);
    const ours = warnings.filter(warning => warning.startsWith('tfjs-normalization'));
    expect(ours).toHaveLength(said);
    expect(ours.join()).toMatch(said ? /its own class InstanceNormalization/ : '');
    // The name that is ours alone still means ours.
    const addons = await load('Addons>InstanceNormalization', {groups: -1});
    expect(addons.layers[0]).toBeInstanceOf(tfn.InstanceNormalization);
  },
);

test('a second copy of the package says nothing', () => {
  importPackage();
  importPackage();
  expect(warnings.filter(warning => warning.startsWith('tfjs-normalization'))).toEqual([]);
});

/** Sets the weights, and gives them. */
function fill(model: tf.LayersModel): tf.Tensor[] {
  const values = model.weights.map(({shape}, i) =>
    tf.tensor(random(tf.util.sizeFromShape(shape as number[]), i + 1, 1), shape as number[]),
  );
  model.setWeights(values);
  return values;
}

/** `(x - mean) / spread · gamma + beta`, where the parameters have a value or one for each channel. */
function expected(
  axes: number[],
  spread: (variance: tf.Tensor) => tf.Tensor,
  [gamma, beta]: tf.Tensor[],
): tf.Tensor {
  const {mean, variance} = tf.moments(x, axes, true);
  return tf.add(tf.mul(tf.div(tf.sub(x, mean), spread(variance)), gamma), beta);
}
const stdPlus = (epsilon: number) => (variance: tf.Tensor) => tf.add(tf.sqrt(variance), epsilon);

const CONTRIB = {epsilon: 0.25, center: true, scale: true, beta_initializer: 'zeros'};

type Loaded = [
  name: string,
  config: object,
  weights: Record<string, number[]>,
  y: (w: tf.Tensor[]) => tf.Tensor,
];

// prettier-ignore
const LOADED: Loaded[] = [
  ['keras-contrib, no axis', {...CONTRIB, axis: null}, {gamma: [1], beta: [1]},
    w => expected([1, 2, 3], stdPlus(0.25), w)],
  ['keras-contrib, the channels', {...CONTRIB, axis: -1}, {gamma: [5], beta: [5]},
    w => expected([1, 2], stdPlus(0.25), w)],
  ['keras-contrib, channels first', {...CONTRIB, axis: 1}, {gamma: [3], beta: [3]},
    w => expected([2, 3], stdPlus(0.25), w.map(p => tf.reshape(p, [3, 1, 1])))],
  ['the tutorial on CycleGAN', {}, {scale: [5], offset: [5]},
    w => expected([1, 2], variance => tf.sqrt(tf.add(variance, 1e-5)), w)],
  ['the tutorial on CycleGAN, with its epsilon', {epsilon: 0.1, dtype: 'float32', trainable: true},
    {scale: [5], offset: [5]}, w => expected([1, 2], variance => tf.sqrt(tf.add(variance, 0.1)), w)],
];

test.each(LOADED)(
  'InstanceNormalization of %s loads, computes, and is saved as it was',
  async (_, config, weights, y) => {
    const tfn = importPackage();
    const model = await load('InstanceNormalization', config);
    const [layer] = model.layers;
    expect(layer).toBeInstanceOf(tfn.InstanceNormalization);
    expect(namesOf(layer.weights)).toEqual(Object.keys(weights));
    expect(layer.weights.map(({shape}) => shape)).toEqual(Object.values(weights));
    const values = fill(model);
    expectClose(model.predict(x) as tf.Tensor, y(values), 2e-6);

    const artifacts = await artifactsOf(model);
    const again = await tf.loadLayersModel(tf.io.fromMemory(artifacts));
    expect(again.layers[0].constructor).toBe(layer.constructor);
    expectClose(again.predict(x) as tf.Tensor, y(values), 2e-6);
    await expect(
      model.save(tfn.toKeras(tf.io.withSaveHandler(() => Promise.reject(new Error('written'))))),
    ).rejects.toThrow(
      'toKeras: layer norm: its class must be in Keras, but is InstanceNormalization of ' +
        'keras-contrib or of a tutorial.',
    );
  },
);

test("keras-contrib's has finite gradients where an image is of one color", async () => {
  importPackage();
  const model = await load('InstanceNormalization', {...CONTRIB, axis: -1});
  const dx = tf.grad(each => model.layers[0].apply(each) as tf.Tensor)(tf.ones(x.shape));
  expectClose(dx, tf.zeros(x.shape), 1e-6, 1);
});
