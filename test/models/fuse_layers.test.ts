import * as tf from '@tensorflow/tfjs';
import * as tfn from '../../src/index.js';
import {fuseLayers} from '../../src/models/index.js';
import {expectClose} from '../close.js';
import {artifactsOf, labelsOf, normal, train} from '../models.js';
import {expectNoLeak} from '../no_leak.js';
import {Block, fillWeights, Lambda, MODELS} from './models.js';

const {layers} = tf;
const predict = (model: tf.LayersModel, x: tf.Tensor | tf.Tensor[]): tf.Tensor[] =>
  [model.predict(x)].flat();
const callsOf = (model: tf.LayersModel) =>
  model.layers.map(({inboundNodes}) => inboundNodes.length);
const namesOf = (model: tf.LayersModel) => [
  model.name,
  model.inputNames,
  model.outputNames,
  model.layers.map(({name}) => name),
];
/** How the layers are called, which files hold. */
const inboundOf = (model: tf.LayersModel) =>
  (model.getConfig()['layers'] as unknown as Array<{inboundNodes?: unknown}>).map(
    ({inboundNodes}) => inboundNodes,
  );

describe.each(Object.keys(MODELS))('%s', name => {
  const {model: make, x: makeX, norms} = MODELS[name];
  const model = fillWeights(make());
  const x = makeX();
  const before = {outputs: predict(model, x), calls: callsOf(model)};
  const {model: fused, report} = fuseLayers(model);

  test('computes the same', () => {
    const outputs = predict(fused, x);
    expect(outputs).toHaveLength(before.outputs.length);
    // Two formulas of the same norm, in float32.
    outputs.forEach((y, i) => expectClose(y, before.outputs[i], 5e-6));
  });

  test('reports each norm', () => {
    expect(report.fused.map(({layer}) => layer).sort()).toEqual([...norms].sort());
    expect(report.refused).toEqual([]);
  });

  test('has the names, the calls and the very weights of the original', () => {
    expect(namesOf(fused)).toEqual(namesOf(model));
    // Symbolic initial states are not written to files, and tfjs says so.
    const warn = jest.spyOn(console, 'warn').mockImplementation();
    expect(inboundOf(fused)).toEqual(inboundOf(model));
    warn.mockRestore();
    expect(fused.constructor).toBe(model.constructor);
    expect(fused.weights).toHaveLength(model.weights.length);
    fused.weights.forEach((weight, i) => expect(weight).toBe(model.weights[i]));
  });

  test('leaves the original as it is', () => {
    expect(callsOf(model)).toEqual(before.calls);
    predict(model, x).forEach((y, i) => expectClose(y, before.outputs[i], 0));
  });
});

test('allocates nothing, and the last of both models frees the weights', () => {
  const {model: make, x} = MODELS['sequential, a norm first'];
  expectNoLeak(() => {
    const model = make();
    model.compile({optimizer: 'adam', loss: 'meanSquaredError'});
    let fused!: tf.LayersModel;
    expectNoLeak(() => void ({model: fused} = fuseLayers(model)));
    model.dispose();
    tf.tidy(() => void predict(fused, x()));
    fused.dispose();
  });
});

/** Small enough that a few steps of tfjs's own gradients are quick. */
function classifier(optimizer: string | tf.Optimizer): tf.LayersModel {
  const kernelInitializer = tf.initializers.glorotNormal({seed: 1});
  const model = tf.sequential({
    layers: [
      layers.dense({units: 4, inputShape: [4], kernelInitializer}),
      layers.batchNormalization({gammaRegularizer: 'l1l2'}),
      layers.layerNormalization({betaRegularizer: 'l1l2'}),
      layers.dense({units: 1, activation: 'sigmoid', kernelInitializer}),
    ],
  });
  model.compile({optimizer, loss: 'binaryCrossentropy', metrics: ['acc']});
  return model;
}

test('trains on with what the optimizer has learnt, and with loss and metrics', async () => {
  const x = normal([16, 4]);
  const straight = await train(classifier('adam'), x, 4);
  const model = classifier('adam');
  const losses = await train(model, x, 2);
  const {model: fused} = fuseLayers(model);
  losses.push(...(await train(fused, x, 2)));
  expectClose(losses, straight, 1e-5);
  expect(fused.optimizer).toBe(model.optimizer);
  const evaluate = (each: tf.LayersModel) =>
    (each.evaluate(x, labelsOf(x)) as tf.Scalar[]).map(value => value.dataSync()[0]);
  expectClose(evaluate(fused), evaluate(model), 1e-5);
  // The original is still the first of the two, so that the optimizer is there for the second.
  model.dispose();
  expect((await train(fused, x, 1))[0]).toBeLessThan(straight[0]);
});

test("keeps what is frozen, with Keras's meaning", async () => {
  const model = classifier('sgd');
  const [, frozen] = model.layers;
  frozen.trainable = false;
  const {model: fused} = fuseLayers(model);
  expect(fused.layers[1].trainable).toBe(false);
  expect(fused.trainableWeights).toEqual(model.trainableWeights);
  const moving = () => frozen.getWeights().map(weight => weight.dataSync().slice());
  const before = moving();
  await train(fused, normal([32, 4]), 1);
  expect(moving()).toEqual(before);
});

test('keeps frozen a model within a model', () => {
  const inner = tf.sequential({
    layers: [layers.dense({units: 2, inputShape: [2]}), layers.batchNormalization()],
  });
  inner.trainable = false;
  const model = tf.sequential({layers: [inner, layers.dense({units: 1})]});
  const flags = () => model.weights.map(({trainable}) => trainable);
  const before = flags();
  const {model: fused} = fuseLayers(model);
  expect(flags()).toEqual(before);
  expect((fused.layers[0] as tf.LayersModel).trainable).toBe(false);
  expect(fused.trainableWeights).toEqual(model.trainableWeights);
});

test("saves files in tfjs's names, whose weights either model takes", async () => {
  const {model: make, x: makeX} = MODELS['two inputs and outputs, a shared norm, a shared model'];
  const x = makeX();
  const {model: fused} = fuseLayers(fillWeights(make()));
  const loaded = await tf.loadLayersModel(tf.io.fromMemory(await artifactsOf(fused)));
  expect(loaded.layers.some(layer => layer instanceof tfn.BatchNormalization)).toBe(false);
  predict(loaded, x).forEach((y, i) => expectClose(y, predict(fused, x)[i], 5e-6));
  const other = make();
  const {model: otherFused} = fuseLayers(other);
  const named = Object.fromEntries(fused.weights.map(each => [each.originalName, each.read()]));
  otherFused.loadWeights(named);
  predict(other, x).forEach((y, i) => expectClose(y, predict(fused, x)[i], 5e-6));
});

test('a model of a class of the program, or of Keras, stays one', async () => {
  class Classifier extends tf.LayersModel {
    static override readonly className = 'Classifier';
    readonly labels = ['cat', 'dog'];
  }
  const x = tf.input({shape: [4]});
  const y = layers.layerNormalization({name: 'norm'}).apply(x) as tf.SymbolicTensor;
  const model = new Classifier({inputs: x, outputs: y, name: 'mine'});
  model.compile({optimizer: 'sgd', loss: 'meanSquaredError'});
  const value = normal([8, 4]);
  await model.fit(value, value, {verbose: 0});
  const {model: fused} = fuseLayers(model);
  expect(fused).toBeInstanceOf(Classifier);
  expect([fused.labels, fused.name]).toEqual([model.labels, 'mine']);
  const call = jest.spyOn(fused.getLayer('norm'), 'call');
  await fused.fit(value, value, {epochs: 1, verbose: 0});
  fused.evaluate(value, value);
  expect(call).toHaveBeenCalledTimes(2);

  const functional = JSON.parse(JSON.stringify(model.toJSON(null, false))) as {class_name: string};
  functional.class_name = 'Functional';
  const loaded = await tf.models.modelFromJSON(functional as never);
  expect(fuseLayers(loaded).model.getClassName()).toBe('Functional');
});

test('a model that is fused already is copied once more', () => {
  const {model: make, x: makeX} = MODELS['sequential, a norm first'];
  const {model: once} = fuseLayers(fillWeights(make()));
  const {model: twice, report} = fuseLayers(once);
  expect(report).toEqual({fused: [], refused: []});
  expectClose(predict(twice, makeX())[0], predict(once, makeX())[0], 0);
  expect(twice.layers[0]).toBeInstanceOf(tfn.BatchNormalization);
});

test('runs the methods of a layer of the program on that layer', () => {
  const {model: make, x} = MODELS['layers of the program'];
  const model = make();
  const {model: fused} = fuseLayers(model);
  const [sine, copy] = [model, fused].map(each => each.getLayer('sine') as Lambda);
  predict(fused, x());
  expect([sine.calls, copy.calls]).toEqual([1, 1]);
  expect(copy).toBeInstanceOf(Lambda);
  expect(copy.output).not.toBe(sine.output);
});

test('says which norms it leaves, and why', () => {
  class Own extends (layers.layerNormalization({name: 'own'}).constructor as new (
    args: object,
  ) => tf.layers.Layer) {}
  const x = tf.input({shape: [2, 3, 4]});
  const unsorted = layers.layerNormalization({name: 'unsorted', axis: [3, 2]});
  const model = tf.model({
    inputs: x,
    outputs: [new Own({name: 'derived'}), new Block({name: 'block'}), unsorted].map(
      layer => layer.apply(x) as tf.SymbolicTensor,
    ),
  });
  const value = normal([1, 2, 3, 4]);
  const outputs = predict(model, value);
  const {model: fused, report} = fuseLayers(model);
  expect(report.fused).toEqual([]);
  expect(report.refused).toEqual([
    {
      layer: 'derived',
      reason:
        "it is of the class LayerNormalization, which may compute something else than tfjs's.",
    },
    {layer: 'held', reason: 'it is held by block, a Block.'},
    {
      layer: 'unsorted',
      reason: "its axes are 3, 2, and tfjs's weights have them in that order, not ascending.",
    },
  ]);
  predict(fused, value).forEach((y, i) => expectClose(y, outputs[i], 0));
});

test.each([
  ['but is undefined.', undefined],
  ['but is an object of the class Dense.', layers.dense({units: 1})],
])('takes models alone, %s', (came, model) => {
  expect(() => fuseLayers(model as never)).toThrow(
    'fuseLayers: model must be a model of tf.layers (tf.sequential, tf.model, tf.loadLayersModel), ' +
      `made with the tfjs that this package uses, ${came}`,
  );
});

test('takes no empty and no disposed model', () => {
  expect(() => fuseLayers(tf.sequential({name: 'empty'}))).toThrow(
    'fuseLayers: model must have layers, but empty has none.',
  );
  const model = tf.sequential({name: 'gone', layers: [layers.dense({units: 1, inputShape: [1]})]});
  model.dispose();
  expect(() => fuseLayers(model)).toThrow(
    'fuseLayers: model must not be disposed of, but gone is.',
  );
});
