/** No option is ignored: what every op and every layer says to one that it does not have. */
import * as tf from '@tensorflow/tfjs-core';
import * as tfl from '@tensorflow/tfjs-layers';
import './backends.js';
import * as tfn from '../src/index.js';
import * as ops from '../src/ops/index.js';

beforeAll(() => tf.setBackend('cpu'));

type Call = (...args: unknown[]) => tf.TensorContainer;
const OPS = Object.entries(ops as unknown as Record<string, Call>).filter(
  ([name]) => !['backendInfo', 'powerNormState'].includes(name),
);

const x = () => tf.ones([2, 3, 4]);

/** The arguments before the options of an op. */
const before = (name: string): unknown[] => {
  if (name === 'batchNormInference') return [x(), tf.zeros([4]), tf.ones([4])];
  if (name.startsWith('add')) return [x(), x()];
  return name === 'powerNorm' ? [x(), {}] : [x()];
};

const WRONG = [0, 1e-5, null, true, 'axis', [1], new Map(), new Float32Array(4)];

test.each(OPS)('%s refuses what is no option of it', (name, op) => {
  const call = (...args: unknown[]) => tf.tidy(() => op(...before(name), ...args));
  expect(() => call({unheardOf: undefined})).toThrow(
    new RegExp(`^${name}: unheardOf is not an option; the options are [a-zA-Z, ]+\\.$`),
  );
  for (const value of WRONG) {
    expect(() => call(value)).toThrow(`${name}: must be called as ${name}(x, `);
  }
  const at = before(name).length;
  expect(() => call(x())).toThrow(`argument ${at + 1} is a tensor of shape [2, 3, 4].`);
  expect(() => call({}, x())).toThrow(`argument ${at + 2} is a tensor of shape [2, 3, 4].`);
  expect(() => call(undefined, undefined, 1e-5)).toThrow(`argument ${at + 3} is 0.00001.`);
});

type LayerClass = tf.serialization.SerializableConstructor<tfl.layers.Layer> & {
  className: string;
  options: Record<string, boolean | string>;
  fromConfig: (cls: object, config: object) => tfl.layers.Layer;
};

const CLASSES = Object.values(tfn as unknown as Record<string, LayerClass>)
  .filter(({className}) => className != null)
  .map((cls): [string, LayerClass] => [cls.className, cls]);

/** The options that a layer cannot be without. */
const needed = (cls: LayerClass) =>
  'layer' in cls.options ? {layer: tfl.layers.dense({units: 2})} : {};
const make = (cls: LayerClass, args: object) => new cls({...needed(cls), ...args});

test('each factory makes one of the classes', () => {
  expect(CLASSES).toHaveLength(Object.keys(tfn.layers).length);
});

describe.each(CLASSES)('%s', (name, cls) => {
  const options = Object.keys(cls.options).filter(option => cls.options[option] === true);

  test('refuses what is no option of it', () => {
    expect(() => make(cls, {unheardOf: undefined})).toThrow(
      `${name}: unheardOf is not an option; the options are ${options.join(', ')}, name, trainable, `,
    );
    expect(() => make(cls, {name: 'norm', unheardOf: 1})).toThrow('norm: unheardOf is not');
    for (const option of [...options, 'inputShape'].filter(option => /[A-Z]/.test(option))) {
      const python = option.replace(/[A-Z]/g, letter => `_${letter.toLowerCase()}`);
      expect(() => make(cls, {[python]: 1})).toThrow(
        `${name}: ${python} is not an option; did you mean ${option}?`,
      );
    }
    for (const value of [...WRONG, Promise.resolve({})]) {
      expect(() => new cls(value as never)).toThrow(
        `${name}: options must be an object, {${options.join(', ')}}, but are `,
      );
    }
  });

  test("loads what a saved model's config has beside, if it cannot change a result", () => {
    const {fromConfig} = cls;
    const plain = make(cls, {name: 'norm'}).getConfig();
    const foreign = {fused: true, synchronized: true, buildConfig: {inputShape: [2]}};
    const unset = {unheardOf: null, dynamic: false, ragged: false, adjustment: null};
    const loaded = fromConfig(cls, {...plain, ...foreign, ...unset});
    expect(loaded.getConfig()).toEqual(fromConfig(cls, plain).getConfig());
    expect(() => fromConfig(cls, {...plain, unheardOf: 1})).toThrow('norm: unheardOf is not an');
  });
});

test("Keras's policy in the place of a dtype leaves the layer as it is", async () => {
  const policy = {class_name: 'Policy', config: {name: 'mixed_float16'}};
  const config = {name: 'norm', batch_input_shape: [null, 3], dtype: policy, epsilon: 0.5};
  const layers = [{class_name: 'RMSNormalization', config}];
  const model = await tfl.models.modelFromJSON({
    class_name: 'Sequential',
    config: {name: 'model', layers},
  } as never);
  const x = tf.tensor2d([[1, 2, 3]]);
  const y = model.predict(x) as tf.Tensor;
  expect(y.dtype).toBe('float32');
  expect(y.dataSync()).toEqual(tfn.rmsNorm(x, {epsilon: 0.5}).dataSync());
});

test('the class itself decides what its configs cannot', () => {
  const {fromConfig} = tfn.InstanceNormalization as unknown as LayerClass;
  // TensorFlow Addons saves the number of channels.
  const loaded = fromConfig(tfn.InstanceNormalization, {name: 'norm', groups: 3});
  expect(loaded.getConfig()).toMatchObject({groups: -1});
});

test('a class that is derived from ours may have options of its own', () => {
  class Mine extends tfn.LayerNormalization {
    static override readonly className = 'Mine';
    readonly power: number;
    constructor(args: tfn.LayerNormalizationArgs & {power: number}) {
      super(args);
      this.power = args.power;
    }
  }
  const {fromConfig} = Mine as unknown as LayerClass;
  expect(new Mine({power: 2, epsilon: 0.5}).getConfig()).toMatchObject({epsilon: 0.5});
  expect(fromConfig(Mine, {power: 3})).toMatchObject({power: 3});
});

test.each([
  ...['eps', 'varianceEpsilon', 'var_epsilon'].map(given => [given, 'epsilon']),
  ...['axes', 'dim_axis'].map(given => [given, 'axis']),
  ...['Gamma', 'gama'].map(given => [given, 'gamma']),
  ...['numGroups', 'num_groups', 'group'].map(given => [given, 'groups']),
])('%s is taken for %s', (given, meant) => {
  expect(() => tfn.groupNorm(x(), {[given]: 1})).toThrow(
    `groupNorm: ${given} is not an option; did you mean ${meant}?`,
  );
});

test.each(['weight', 'dim', 'p', 'units', 'affine'])('%s is taken for nothing', given => {
  expect(() => tfn.groupNorm(x(), {[given]: 1})).toThrow('; the options are groups,');
});
