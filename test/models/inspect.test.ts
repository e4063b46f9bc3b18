import * as tf from '@tensorflow/tfjs';
import * as tfn from '../../src/index.js';
import {freezeBatchNorm, inspect, type ModelData} from '../../src/models/index.js';
import {labelsOf, normal, train} from '../models.js';
import {MODELS} from './models.js';

const {layers} = tf;

type Norm = (args: {name: string; momentum?: number}) => tf.layers.Layer;
/** A classifier with two norms, the same first weights in every run. */
function classifier(norm: Norm = layers.batchNormalization, momentum = 0.9): tf.Sequential {
  const kernelInitializer = tf.initializers.heNormal({seed: 1});
  const model = tf.sequential({
    layers: [
      layers.dense({units: 16, inputShape: [4], kernelInitializer, name: 'd1'}),
      norm({name: 'b1', momentum}),
      layers.reLU({name: 'r1'}),
      layers.dense({units: 8, kernelInitializer, name: 'd2'}),
      norm({name: 'b2', momentum}),
      layers.reLU({name: 'r2'}),
      layers.dense({units: 1, activation: 'sigmoid', kernelInitializer, name: 'd3'}),
    ],
  });
  model.compile({optimizer: 'sgd', loss: 'binaryCrossentropy'});
  return model;
}

const x = normal([128, 4]);
const labelled = {xs: x, ys: labelsOf(x)};

async function trained(norm?: Norm, momentum?: number, epochs = 8): Promise<tf.Sequential> {
  const model = classifier(norm, momentum);
  await train(model, x, epochs);
  return model;
}

/** Writes to a weight of the layer what `change` makes of its values. */
function edit(
  model: tf.LayersModel,
  layer: string,
  weight: string,
  change: (values: Float32Array) => void,
) {
  const variable = model.getLayer(layer).weights.find(({name}) => name.includes(weight))!;
  const values = variable.read().dataSync<'float32'>().slice();
  change(values);
  tf.tidy(() => void variable.write(tf.tensor(values, variable.shape as number[])));
}

type Case = {model: tf.LayersModel; data: ModelData; batchSize?: number};
type Expected = [layer: string, kind: string, value: number, remedy: RegExp];

const NUMBER = expect.any(Number) as number;
const PLANTED: Record<string, [() => Promise<Case> | Case, ...Expected[]]> = {
  'moving statistics of other data': [
    async () => {
      const model = await trained();
      edit(model, 'b2', 'moving_mean', values => values.fill(5));
      return {model, data: x};
    },
    ['b2', 'statistics', NUMBER, /recalibrate/],
  ],
  'a loss that is much higher in inference': [
    async () => {
      const model = await trained(tfn.layers.batchNormalization);
      edit(model, 'b1', 'moving_variance', values => values.fill(1e-2));
      edit(model, 'b1', 'moving_mean', values => values.fill(-3));
      return {model, data: labelled};
    },
    ['b1', 'statistics', NUMBER, /recalibrate/],
    ['sequential', 'loss', NUMBER, /recalibrate/],
  ],
  'gammas near 0': [
    async () => {
      const model = await trained(({name}) => tfn.layers.layerNormalization({name}));
      edit(model, 'b1', 'gamma', values => values.fill(1e-6, 3, 6));
      return {model, data: x};
    },
    ['b1', 'gamma', 3, /isNormParameter/],
  ],
  'variances below epsilon': [
    () => ({model: classifier(), data: tf.mul(x, 1e-3)}),
    ['b1', 'epsilon', 1, /epsilon/],
  ],
  'variances below epsilon, layer norm': [
    () => {
      const model = tf.sequential({
        layers: [layers.layerNormalization({name: 'l', inputShape: [4]}), layers.dense({units: 1})],
      });
      return {model, data: tf.mul(x, 1e-3)};
    },
    ['l', 'epsilon', 1, /epsilon/],
  ],
  'inputs beyond half floats': [
    () => ({model: classifier(), data: tf.mul(x, 1e6)}),
    ['b1', 'range', NUMBER, /normaliz/],
  ],
  'channels that relu turns to 0': [
    async () => {
      const model = await trained();
      edit(model, 'b1', 'beta', values => values.fill(-20, 2, 4));
      return {model, data: x};
    },
    ['b1', 'dead', 2, /leakyReLU/],
  ],
  'channels whose kernels are 0': [
    () => {
      const model = classifier(tfn.layers.batchNormalization);
      edit(model, 'd1', 'kernel', values =>
        values.forEach((_, i) => (values[i] *= i % 16 < 3 ? 0 : 1)),
      );
      return {model, data: x};
    },
    ['b1', 'dead', 3, /leakyReLU/],
  ],
  'batches of 1': [
    () => ({model: classifier(), data: x, batchSize: 1}),
    ['b1', 'batch', 1, /replaceBatchNorm/],
    ['b2', 'batch', 1, /replaceBatchNorm/],
  ],
  "tfjs's frozen layer": [
    async () => {
      const model = await trained();
      model.getLayer('b1').trainable = false;
      model.compile({optimizer: 'sgd', loss: 'binaryCrossentropy'});
      return {model, data: x};
    },
    ['b1', 'frozen', 1, /freezeBatchNorm/],
  ],
  'frozen after it was compiled': [
    async () => {
      const model = await trained(tfn.layers.batchNormalization);
      model.getLayer('b1').trainable = false;
      return {model, data: x};
    },
    ['b1', 'frozen', 2, /Compile/],
  ],
  'a momentum too large for the steps': [
    () => trained(layers.batchNormalization, 0.999, 2).then(model => ({model, data: tf.add(x, 5)})),
    ['b1', 'momentum', 0.999 ** 16, /momentum/],
    ['b2', 'momentum', NUMBER, /momentum/],
  ],
  'a layer that makes NaN': [
    async () => {
      const model = await trained();
      edit(model, 'b2', 'moving_variance', values => (values[1] = -1));
      return {model, data: x};
    },
    ['b2', 'nan', 32, /variances/],
  ],
  'data with NaN': [
    () => ({model: classifier(), data: tf.concat([x, tf.fill([1, 4], NaN)])}),
    ['sequential', 'nan', 4, /examples/],
  ],
};

test.each(Object.entries(PLANTED))('finds %s, and nothing else', async (_, [make, ...expected]) => {
  const {model, data, batchSize} = await make();
  const weights = model.weights.map(weight => Array.from(weight.read().dataSync()));
  const before = tf.memory().numTensors;
  const {findings, layers: rows} = await inspect(model, data, {batchSize});
  expect(tf.memory().numTensors).toBe(before);
  expect(model.weights.map(weight => Array.from(weight.read().dataSync()))).toEqual(weights);
  expect(rows).toHaveLength(
    model.layers.filter(layer => /Normalization/.test(layer.getClassName())).length,
  );
  const found = findings.map(({layer, kind, value}) => [layer.replace(/_\d+$/, ''), kind, value]);
  expect(found).toEqual(expected.map(([layer, kind, value]) => [layer, kind, value]));
  findings.forEach(({message, remedy}, i) => {
    expect(remedy).toMatch(expected[i][3]);
    expect(message).not.toMatch(/NaN %|undefined/);
  });
});

const images = (count: number) => tf.tidy(() => tf.relu(normal([count, 8, 8, 3], 7, 0, 1)));

const HEALTHY: Record<string, () => Promise<Case> | Case> = {
  "fresh, tfjs's": () => ({model: classifier(), data: labelled}),
  'fresh, ours, on data with a large mean': () => ({
    model: classifier(tfn.layers.batchNormalization),
    data: {xs: tf.add(x, 100), ys: labelsOf(x)},
  }),
  "trained, tfjs's": async () => ({model: await trained(), data: labelled}),
  'trained, ours': async () => ({
    model: await trained(tfn.layers.batchNormalization),
    data: labelled,
  }),
  'trained long by a momentum near 1': async () => ({
    model: await trained(tfn.layers.batchNormalization, 0.99, 60),
    data: labelled,
  }),
  'trained with renorm, on batches of 2': async () => {
    const model = classifier(args => tfn.layers.batchNormalization({...args, renorm: true}));
    await train(model, x, 10);
    return {model, data: labelled, batchSize: 2};
  },
  'layer, group and RMS norm': () => {
    const model = tf.sequential({
      layers: [
        layers.conv2d({filters: 8, kernelSize: 3, inputShape: [8, 8, 3]}),
        tfn.layers.groupNormalization({groups: 4}),
        layers.reLU(),
        layers.flatten(),
        layers.dense({units: 8}),
        tfn.layers.rmsNormalization(),
        layers.layerNormalization(),
      ],
    });
    return {model, data: images(32)};
  },
  'a relu net with batch norm behind relu and sparse channels': async () => {
    const model = tf.sequential({
      layers: [
        layers.dense({
          units: 16,
          inputShape: [4],
          kernelInitializer: tf.initializers.heNormal({seed: 3}),
          activation: 'relu',
        }),
        layers.batchNormalization({momentum: 0.9}),
        layers.dense({units: 1, activation: 'sigmoid'}),
      ],
    });
    model.compile({optimizer: 'sgd', loss: 'binaryCrossentropy'});
    // Rare ones: they are above 0 for one of a hundred examples.
    edit(model, model.layers[0].name, 'bias', values => values.fill(-4, 0, 4));
    await train(model, normal([512, 4]), 4);
    return {model, data: normal([64, 4], 5)};
  },
  'fine-tuning on frozen layers': async () => {
    const {model} = freezeBatchNorm(await trained());
    const data = {xs: tf.add(tf.mul(x, 2), 1), ys: labelsOf(x)};
    await train(model, data.xs, 2);
    return {model, data};
  },
  'large inputs that are normalized': async () => {
    const norm = tfn.layers.normalization({inputShape: [4]});
    const large = tf.mul(x, 1e6);
    await norm.adapt(large);
    const model = tf.sequential({
      layers: [
        norm,
        layers.dense({units: 8}),
        layers.batchNormalization(),
        layers.dense({units: 1}),
      ],
    });
    return {model, data: large};
  },
  'a residual branch that starts at 0': () => {
    const input = tf.input({shape: [4]});
    const gammaInitializer = 'zeros' as const;
    const dense = layers.dense({units: 4}).apply(input);
    const branch = layers.batchNormalization({gammaInitializer}).apply(dense) as tf.SymbolicTensor;
    const sum = layers.add().apply([input, branch]) as tf.SymbolicTensor;
    return {model: tf.model({inputs: input, outputs: sum}), data: x};
  },
  'an embedding before layer norm': () => ({
    model: tf.sequential({
      layers: [
        layers.embedding({inputDim: 20, outputDim: 16, inputLength: 6, maskZero: true}),
        layers.layerNormalization(),
        layers.lstm({units: 4}),
      ],
    }),
    data: tf.cast(tf.randomUniform([32, 6], 0, 20, 'int32', 3), 'int32'),
  }),
  'batches from a data set, the last one of 1': async () => ({
    model: await trained(),
    data: tf.data.array(x.arraySync() as number[][]).batch(127) as never,
  }),
};

test.each(Object.entries(HEALTHY))('finds nothing: %s', async (_, make) => {
  const {model, data, batchSize} = await make();
  const before = tf.memory().numTensors;
  const {findings, loss} = await inspect(model, data, {batchSize});
  expect(findings).toEqual([]);
  expect(tf.memory().numTensors).toBe(before);
  expect(loss != null).toBe('xs' in data);
});

test('finds nothing in models of every structure', async () => {
  for (const {model: make, x: makeX, norms} of Object.values(MODELS)) {
    const {findings, layers: rows} = await inspect(make(), makeX());
    expect(findings.filter(({kind}) => kind !== 'batch')).toEqual([]);
    expect(rows.map(({layer}) => layer).sort()).toEqual(expect.arrayContaining([...norms].sort()));
  }
});

test('checks what it is given, and tells how far it is', async () => {
  const model = classifier();
  const seen: unknown[] = [];
  const onProgress = ({done, all}: {done: number; all: number | null}) =>
    void seen.push([done, all]);
  await inspect(model, x, {batchSize: 64, onProgress});
  expect(seen).toEqual([
    [1, 2],
    [2, 2],
  ]);
  await expect(inspect(model, x, {steps: -1})).rejects.toThrow(
    'inspect: steps must be an integer, 0 or more, but is -1.',
  );
  await expect(inspect(model, [])).rejects.toThrow('inspect: data must have examples');
  await expect(inspect(model, 'x' as never)).rejects.toThrow('but is "x"');
  await expect(inspect({} as never, x)).rejects.toThrow('model must be a model of tf.layers');
});
