/** Files load, and become these layers; golden.test.ts holds that they compute the same. */
import * as tf from '@tensorflow/tfjs';
import * as tfn from '../../src/index.js';
import {expectClose} from '../close.js';
import {filesOf, type ModelCase, MODELS, tensorOf} from '../golden/model_cases.js';

beforeAll(() => tf.setBackend('cpu'));

const named = (name: string): ModelCase => MODELS.find(model => model.name === name)!;
const changed = (model: ModelCase, from: string, to: string): ModelCase =>
  JSON.parse(JSON.stringify(model).replaceAll(from, to)) as ModelCase;

async function expectSame(model: ModelCase, loaded: tf.LayersModel) {
  const inputs = model.inputs.map(tensorOf);
  const outputs = [loaded.predict(inputs.length === 1 ? inputs[0] : inputs)].flat();
  model.outputs.forEach(({values}, i) => {
    expectClose(outputs[i], values, 2e-5);
  });
  return Promise.resolve();
}

test('tfjs itself takes no file of Keras 3', async () => {
  const files = filesOf(named('Keras 3, convolutional'));
  await expect(tf.loadLayersModel(files)).rejects.toThrow('InputLayer should be passed either');
});

test('Addons layers load without it, by their full and by their short names', async () => {
  const model = named('Keras 2, with_addons');
  await expectSame(model, await tf.loadLayersModel(filesOf(model)));
  const full = ['Group', 'Instance'].reduce(
    (all, kind) =>
      changed(
        all,
        `"class_name":"${kind}Normalization"`,
        `"class_name":"Addons>${kind}Normalization"`,
      ),
    model,
  );
  const loaded = await tf.loadLayersModel(filesOf(full));
  expect(loaded.layers.map(layer => layer.getClassName())).toContain('InstanceNormalization');
  await expectSame(model, loaded);
  await expectSame(model, await tf.loadLayersModel(tfn.fromKeras(filesOf(full))));
});

test("Addons' further layers load by their full names too, also those that hold another layer", async () => {
  const model = named('Keras 2, further_addons');
  const kinds = ['WeightNormalization', 'SpectralNormalization', 'TLU'];
  const full = [...kinds, 'FilterResponseNormalization'].reduce(
    (all, kind) => changed(all, `"class_name":"${kind}"`, `"class_name":"Addons>${kind}"`),
    model,
  );
  const loaded = await tf.loadLayersModel(tfn.fromKeras(filesOf(full)));
  await expectSame(model, loaded);
  const {numTensors} = tf.memory();
  loaded.dispose();
  // The weights of the layer that Addons keeps besides were not made.
  expect(numTensors - tf.memory().numTensors).toBe(model.weightSpecs.length - 3);
});

test('weights without a layer are of the layers that lack theirs, in order', async () => {
  const norm = (name: string, config: Json = {}) => ({
    class_name: 'Normalization',
    config: {name, axis: [], ...config},
  });
  const modelTopology = keras2(
    sequential(
      {...input, config: {name: 'input', batch_input_shape: [null, 4]}},
      norm('a'),
      norm('given', {mean: 0, variance: 1}),
      norm('named'),
      norm('b'),
    ),
  );
  const weights = ['mean', 'variance', 'count'];
  const names = ['', 'named/', ''].flatMap(layer => weights.map(weight => layer + weight));
  const weightSpecs = names.map(name => ({
    name,
    shape: [],
    dtype: name.endsWith('count') ? ('int32' as const) : ('float32' as const),
  }));
  const values = [1, 4, 0, 2, 9, 0, 3, 16, 0];
  const data = {weightSpecs, weightData: Float32Array.from(values).buffer};
  const handler = tfn.fromKeras(tf.io.fromMemory({modelTopology, ...data}));
  const loaded = await tf.loadLayersModel(handler);
  const read = (name: string) =>
    loaded
      .getLayer(name)
      .getWeights()
      .slice(0, 2)
      .map(weight => weight.dataSync()[0]);
  expect(['a', 'named', 'b'].map(read)).toEqual([
    [1, 4],
    [2, 9],
    [3, 16],
  ]);
});

test.each(['BatchNormalizationV1', 'BatchNormalizationV2', 'SyncBatchNormalization'])(
  '%s loads',
  async name => {
    const model = changed(named('Keras 2, convolutional'), '"BatchNormalization"', `"${name}"`);
    const loaded = await tf.loadLayersModel(tfn.fromKeras(filesOf(model)));
    expect(loaded.layers.filter(l => l instanceof tfn.BatchNormalization)).toHaveLength(2);
    await expectSame(model, loaded);
    const names = loaded.layers.map(layer => layer.getClassName());
    expect(names).toContain('FusedBatchNormalization');
  },
);

test("the layers are ours, and tfjs's own stay registered", async () => {
  const loaded = await tf.loadLayersModel(tfn.fromKeras(filesOf(named('Keras 3, recurrent'))));
  expect(loaded.layers[1]).toBeInstanceOf(tfn.LayerNormalization);
  expect(tf.layers.layerNormalization().getClassName()).toBe('LayerNormalization');
});

test("the converter's surroundings are taken off, a URL is followed, the handler's rest kept", async () => {
  const model = named('Keras 3, transformer');
  const wrapped = {
    ...model,
    modelTopology: {keras_version: '3.15.1', model_config: model.modelTopology},
  };
  const load = () => ({
    load: async () => ({
      ...(await filesOf(wrapped).load!()),
      userDefinedMetadata: {written: 'by hand'},
    }),
  });
  tf.io.registerLoadRouter(url => (url === 'memory://model' ? load() : null) as never);
  const loaded = await tf.loadLayersModel(tfn.fromKeras('memory://model'));
  await expectSame(model, loaded);
  expect(loaded.getUserDefinedMetadata()).toEqual({written: 'by hand'});
});

test('the loaded model trains, and is saved and loaded as any other', async () => {
  const model = named('Keras 3, branching');
  const loaded = await tf.loadLayersModel(tfn.fromKeras(filesOf(model)));
  loaded.compile({optimizer: 'sgd', loss: 'meanSquaredError'});
  const before = loaded.getWeights().map(weight => weight.dataSync());
  const outputs = model.outputs.map(({shape}) => tf.zeros(shape));
  await loaded.fit(model.inputs.map(tensorOf), outputs, {epochs: 1, verbose: 0});
  expect(loaded.getWeights().map(weight => weight.dataSync())).not.toEqual(before);
  const frozen = loaded.getLayer('frozen').getWeights();
  expect(frozen.map(weight => Array.from(weight.dataSync()))).toEqual(
    weightsOf(model, 'frozen/').map(values => Array.from(values)),
  );
});

/** The values in the file of the weights whose names begin so. */
function weightsOf({weightSpecs, weightData}: ModelCase, prefix: string): Float32Array[] {
  const all = new Float32Array(new Uint8Array(Buffer.from(weightData, 'base64')).buffer);
  let start = 0;
  return weightSpecs.flatMap(({name, shape}) => {
    const values = all.slice(start, (start += tf.util.sizeFromShape(shape)));
    return name.startsWith(prefix) ? [values] : [];
  });
}

type Json = Record<string, unknown>;
const sequential = (...layers: Json[]): Json => ({
  module: 'keras',
  class_name: 'Sequential',
  config: {name: 'model', layers},
});
const input = {class_name: 'InputLayer', config: {name: 'input', batch_shape: [null, 4, 4]}};
const layer = (class_name: string, config: Json): Json => ({
  class_name,
  config: {name: 'x', ...config},
});
const keras2 = (model: Json) => ({keras_version: '2.20.1', model_config: model});
const tensor = (name: string, rank = 2) => ({
  class_name: '__keras_tensor__',
  config: {shape: Array(rank).fill(4), keras_history: [name, 0, 0]},
});
const functional = (called: Json, args: unknown[], kwargs: Json = {}): Json => ({
  module: 'keras',
  class_name: 'Functional',
  config: {
    name: 'model',
    layers: [
      {...input, name: 'input', inbound_nodes: []},
      {...called, name: 'x', inbound_nodes: [{args, kwargs}]},
    ],
    input_layers: ['input', 0, 0],
    output_layers: ['x', 0, 0],
  },
});
const registered = 'a class registered with tf.serialization';
const masking = {class_name: 'Masking', config: {name: 'masking'}};
const noMask = 'its mask must be one of a Masking or an Embedding that tfjs can hand on, but';

// A message does not fit beside its model.
// prettier-ignore
const REFUSED: Array<[message: string, modelTopology: Json, weights?: string[]]> = [
  ['modelTopology must be that of a Keras model, but names no class.', {}],
  ['the model must be Sequential or functional, but is of the class MyModel.',
    {class_name: 'MyModel', config: {}}],
  ['model model: the shape of its input must be known: build it before it is saved.',
    sequential(layer('Dense', {units: 1}))],
  [`layer x: its class must be ${registered}, but is "Lambda".`, sequential(layer('Lambda', {}))],
  [`layer x: its class must be ${registered}, but is "Identity".`, sequential(layer('Identity', {}))],
  [`layer x: gamma_initializer must be ${registered}, but is "Twos".`,
    sequential(layer('LayerNormalization', {gamma_initializer: {class_name: 'Twos', config: {}}}))],
  ['layer x: reset_after must be false for tfjs, but is true.',
    sequential(layer('GRU', {reset_after: true}))],
  ['layer x: groups must be 1 for tfjs, but is 2.', sequential(layer('Conv2D', {groups: 2}))],
  ['layer x: keepdims must be false for tfjs, but is true.',
    sequential(layer('GlobalMaxPooling2D', {keepdims: true}))],
  ['layer x: negative_slope must be 0 for tfjs, but is 0.1.',
    sequential(layer('ReLU', {negative_slope: 0.1}))],
  ['layer x: activation must be an activation of tfjs, but is "hard_sigmoid".',
    sequential(layer('Dense', {activation: 'hard_sigmoid'}))],
  ['layer x: activation must be an activation of tfjs, but is "celu".',
    keras2(sequential(layer('Dense', {activation: 'celu'})))],
  ['layer x: backward_layer must be its layer reversed, but has another config.',
    sequential(layer('Bidirectional', {
      layer: layer('LSTM', {name: 'forward_lstm', units: 2}),
      backward_layer: layer('LSTM', {name: 'backward_lstm', units: 3}),
    }))],
  ['layer x: its cell must be a GRUCell, LSTMCell or SimpleRNNCell for tfjs, but is StackedRNNCells.',
    sequential(layer('Bidirectional', {
      layer: layer('RNN', {cell: layer('StackedRNNCells', {cells: []})}),
    }))],
  ['layer x: dilation_rate must be [1,1] for tfjs, but is [2,2].',
    sequential(layer('DepthwiseConv2D', {dilation_rate: [2, 2]}))],
  ...['Maximum', 'Minimum'].map((name): [string, Json] => [
    `layer x: ${name} must join two tensors, or scale by a constant or add one, but does not.`,
    functional(layer(name, {}), [2, tensor('input')])]),
  ['layer x: operations must be Add, Maximum, Minimum, Multiply, Negative, Subtract, TrueDivide, but this is Concatenate.',
    functional({...layer('Concatenate', {}), module: 'keras.src.ops.numpy'}, [[tensor('input')]])],
  ['layer x: Add must be of tensors of one rank, but is of [2,3].',
    functional(layer('Add', {}), [tensor('input'), tensor('input', 3)])],
  ['layer x: its call must have one argument beside keywords, but has 2.',
    functional(layer('Dense', {units: 1}), [tensor('input'), tensor('input')])],
  ['layer x: other must be a number, a boolean or a string in its call, but is a tensor.',
    functional(layer('Dense', {units: 1}), [tensor('input')], {other: tensor('input')})],
  [`layer x: ${noMask} is another tensor.`,
    functional(layer('LSTM', {units: 1}), [tensor('input')], {mask: tensor('input')})],
  [`layer x: ${noMask} tfjs ignores it here.`,
    sequential(input, masking, layer('GlobalAveragePooling1D', {}))],
  [`layer x: ${noMask} tfjs hands all steps one.`,
    sequential(input, masking, layer('TimeDistributed', {layer: layer('LSTM', {units: 1})}))],
  ['every weight must be named by the path of its layer, such as dense/kernel, but there is layers/dense/vars/0.',
    sequential(input, layer('Dense', {units: 1})), ['layers/dense/vars/0']],
  ['every weight must be named by the path of its layer, such as dense/kernel, but there is mean.',
    sequential(input, layer('Normalization', {mean: 0, variance: 1})), ['mean']],
  ['x/kernel must name one weight, but is a/x/kernel and b/x/kernel.',
    sequential(input, layer('Dense', {units: 1})), ['a/x/kernel', 'b/x/kernel']],
];

// A column that a row lacks would be taken for jest's callback.
const REFUSED_FILES = REFUSED.map(([message, modelTopology, weights = []]) => ({
  message,
  modelTopology,
  weights,
}));

test.each(REFUSED_FILES)('fromKeras: $message', async ({message, modelTopology, weights}) => {
  const weightSpecs = weights.map(name => ({name, shape: [4], dtype: 'float32' as const}));
  const handler = tfn.fromKeras({load: () => Promise.resolve({modelTopology, weightSpecs})});
  const before = tf.memory().numTensors;
  await expect(tf.loadLayersModel(handler)).rejects.toThrow(new Error(`fromKeras: ${message}`));
  expect(tf.memory().numTensors).toBe(before);
});

test.each<[came: string, source: string | tf.io.IOHandler]>([
  ['{}', {}],
  ['"file:///y": import @tensorflow/tfjs-node, which knows files', 'file:///y'],
])('a source that cannot be loaded is an error: %s', async (came, source) => {
  await expect(tf.loadLayersModel(tfn.fromKeras(source))).rejects.toThrow(
    new Error(
      `fromKeras: source must be a URL that tfjs can load, or have a load method, but is ${came}.`,
    ),
  );
});

test('what stands between layers for tfjs alone is not saved for Keras', async () => {
  const model = named('Keras 3, masks');
  const loaded = await tf.loadLayersModel(tfn.fromKeras(filesOf(model)));
  expect(loaded.layers.map(layer => layer.getClassName())).toContain('WithMask');
  const files: tf.io.ModelArtifacts[] = [];
  const handler = tf.io.withSaveHandler(artifacts => {
    files.push(artifacts);
    return Promise.resolve({modelArtifactsInfo: tf.io.getModelArtifactsInfoForJSON(artifacts)});
  });
  await loaded.save(tfn.toKeras(handler));
  expect(JSON.stringify(files[0].modelTopology)).not.toMatch('_mask"');
  const again = await tf.loadLayersModel(tfn.fromKeras(tf.io.fromMemory(files[0])));
  const [before, after] = [loaded, again].map(
    each => each.predict(model.inputs.map(tensorOf)) as tf.Tensor,
  );
  expect(after.dataSync()).toEqual(before.dataSync());
});

test('an addition loads from .h5 too, where nothing says that it is one', async () => {
  const model = named('Keras 3, branching');
  const {modelTopology} = changed(model, '"module":"keras.src.ops.numpy",', '');
  const wrapped = {keras_version: '3.15.1', model_config: modelTopology};
  const handler = tfn.fromKeras(filesOf({...model, modelTopology: wrapped}));
  await expectSame(model, await tf.loadLayersModel(handler));
});

test('hard_sigmoid of Keras 2, which is that of tfjs, loads', async () => {
  const model = keras2(
    sequential(
      layer('Dense', {units: 1, activation: 'hard_sigmoid', batch_input_shape: [null, 4]}),
    ),
  );
  const handler = tf.io.fromMemory({modelTopology: model});
  const loaded = await tf.loadLayersModel(tfn.fromKeras(handler));
  expect(loaded.layers[0].getConfig()).toMatchObject({activation: 'hardSigmoid'});
});
