/** Models are saved so for Keras; test/golden/check_saved.py holds that Keras opens them. */
import * as tf from '@tensorflow/tfjs';
import * as tfn from '../../src/index.js';
import {expectClose} from '../close.js';
import {filesOf, tensorOf} from '../golden/model_cases.js';
import {example, MADE_MODELS, ONLY_KERAS3, RETURNING} from './made_models.js';

type LayerJson = {
  class_name: string;
  module?: string;
  config: Record<string, unknown> & {layers?: LayerJson[]};
};

async function saved(model: tf.LayersModel, config?: tfn.ToKerasConfig) {
  const files: tf.io.ModelArtifacts[] = [];
  const handler = tf.io.withSaveHandler(artifacts => {
    files.push(artifacts);
    return Promise.resolve({modelArtifactsInfo: tf.io.getModelArtifactsInfoForJSON(artifacts)});
  });
  await model.save(tfn.toKeras(handler, config));
  return files[0];
}

const layersOf = ({modelTopology}: tf.io.ModelArtifacts) =>
  (modelTopology as LayerJson).config.layers!;

beforeAll(() => tf.setBackend('cpu'));

describe.each([2, 3] as const)('for Keras %i', version => {
  const models = Object.entries(MADE_MODELS).filter(
    ([name]) => version === 3 || !ONLY_KERAS3.includes(name),
  );

  test.each(models)('%s comes back as it was', async (_, make) => {
    const {model, inputs, outputs} = example(make);
    const files = await saved(model, {version});
    const loaded = await tf.loadLayersModel(tfn.fromKeras(tf.io.fromMemory(files)));
    const again = [loaded.predict(inputs.length === 1 ? inputs[0] : inputs)].flat();
    // The same layers under other names: to the last bit.
    outputs.forEach((output, i) => {
      expect(again[i].dataSync()).toEqual(output.dataSync());
    });
  });

  test("has Keras's class names and settings", async () => {
    const model = tf.sequential();
    model.add(tfn.layers.instanceNormalization({inputShape: [4, 3]}));
    model.add(tfn.layers.layerNormalization());
    model.add(tfn.layers.batchNormalization());
    model.add(tfn.layers.l2Normalization());
    const layers = layersOf(await saved(model, {version})).slice(version - 2);
    expect(layers.map(({class_name, module}) => [class_name, module])).toEqual(
      ['GroupNormalization', 'LayerNormalization', 'BatchNormalization', 'UnitNormalization'].map(
        name => [name, version === 3 ? 'keras.layers' : undefined],
      ),
    );
    expect(layers[0].config).toMatchObject({groups: -1, axis: -1, epsilon: 1e-3});
    expect(Object.keys(layers[3].config).sort()).toEqual(['axis', 'name', 'trainable']);
  });
});

test('leaves nothing for Keras 3 that it refuses', async () => {
  const within = (layer: LayerJson): LayerJson[] => {
    const {layers = [], layer: wrapped, cell} = layer.config as Record<string, never>;
    return [layer, ...[layers, wrapped ?? [], cell ?? []].flat().flatMap(within)];
  };
  const all = await Promise.all(Object.values(MADE_MODELS).map(make => saved(make())));
  const refused = all
    .flatMap(layersOf)
    .flatMap(within)
    .filter(({class_name, config}) =>
      class_name === 'BatchNormalization'
        ? typeof config['axis'] !== 'number'
        : 'batch_input_shape' in config || (class_name === 'RNN' && 'units' in config),
    );
  expect(refused).toEqual([]);
});

test('one input or output is no list to Keras 3', async () => {
  const {modelTopology} = await saved(MADE_MODELS.shaped());
  expect((modelTopology as LayerJson).config).toMatchObject({
    input_layers: [expect.any(String), 0, 0],
    output_layers: [expect.any(String), 0, 0],
  });
});

test('saves to a URL', async () => {
  const router = (url: string) =>
    url === 'memory://model' ? tf.io.withSaveHandler(save) : (null as never);
  const save = jest.fn((artifacts: tf.io.ModelArtifacts) =>
    Promise.resolve({modelArtifactsInfo: tf.io.getModelArtifactsInfoForJSON(artifacts)}),
  );
  tf.io.registerSaveRouter(router as never);
  await MADE_MODELS.rms().save(tfn.toKeras('memory://model'));
  expect(layersOf(save.mock.calls[0][0])[1]).toMatchObject({module: 'keras.layers'});
});

test('keeps in Keras what tfjs computes and does not say', async () => {
  const model = tf.sequential();
  model.add(tf.layers.gru({units: 1, recurrentActivation: 'sigmoid', inputShape: [2, 3]}));
  expect(layersOf(await saved(model))[1].config).toMatchObject({reset_after: false});
});

const {layers} = tfn;
const dense = () => tf.layers.dense({units: 2});
const args = {name: 'norm', inputShape: [4]};
const NONE_OF_3 = 'layer norm: its class must be in Keras 3, but is';
const NONE_OF_2 = 'layer norm: its class must be in Keras 2, but is';
const lstm = () => tf.layers.lstm({name: 'rnn', units: 1, inputShape: [2, 4]});

// prettier-ignore
test.each<[message: string, version: 2 | 3, layer: () => tf.layers.Layer]>([
  [`${NONE_OF_3} PowerNormalization.`, 3, () => layers.powerNormalization(args)],
  [`${NONE_OF_3} L1Normalization.`, 3, () => layers.l1Normalization(args)],
  [`${NONE_OF_3} LocalResponseNormalization.`, 3, () => layers.localResponseNormalization(args)],
  [`${NONE_OF_3} TLU.`, 3, () => layers.thresholdedLinearUnit(args)],
  [`${NONE_OF_3} WeightNormalization.`, 3, () => layers.weightNormalization({...args, layer: dense()})],
  [`${NONE_OF_2} RMSNormalization.`, 2, () => layers.rmsNormalization(args)],
  [`${NONE_OF_2} FilterResponseNormalization.`, 2,
    () => layers.filterResponseNormalization({name: 'norm', inputShape: [4, 4, 2]})],
  ['layer norm: reparametrize must be false for Keras 3, but is true.', 3,
    () => layers.spectralNormalization({...args, layer: dense(), reparametrize: true})],
  ['layer norm: rms_scaling must be false for Keras 2, but is true.', 2,
    () => layers.layerNormalization({...args, rmsScaling: true})],
  ['layer norm: order must be 2 for Keras 3, but is 1.', 3,
    () => layers.unitNormalization({...args, order: 1})],
  ['layer norm: epsilon must be 1e-12 for Keras 3, but is 0.001.', 3,
    () => layers.l2Normalization({...args, epsilon: 1e-3})],
  ['layer rnn: recurrent_activation must not be hard_sigmoid, which Keras 3 changed, but is.', 3, lstm],
  ['layer norm: axis must be a single one for Keras 3, but is [1,3].', 3, () => {
    const layer = layers.batchNormalization({name: 'norm', axis: [1, 3]});
    return tf.layers.timeDistributed({layer, inputShape: [2, 3, 4, 5]});
  }],
  ['layer act: its class must be in Keras 3, but is ThresholdedReLU.', 3,
    () => tf.layers.thresholdedReLU({name: 'act', inputShape: [4]})],
  ['layer act: activation must be one of Keras, but is gelu_new.', 2,
    () => tf.layers.dense({name: 'act', units: 1, activation: 'gelu_new', inputShape: [4]})],
  ['layer dw: its class must not be DepthwiseConv2D in a SpectralNormalization of Keras 2, but is.', 2,
    () => layers.spectralNormalization({
      layer: tf.layers.depthwiseConv2d({name: 'dw', kernelSize: 1}), inputShape: [2, 2, 2],
    })],
  ['layer norm: training must not be true in its call, which Keras 3 does not heed, but is.', 3, () => {
    const x = tf.input({shape: [2]});
    const y = layers.batchNormalization({name: 'norm'}).apply(x, {training: true});
    return tf.model({inputs: x, outputs: y as tf.SymbolicTensor});
  }],
  ['layer a/b: its name must have no slash for Keras 3.', 3, () => tf.sequential({
    name: 'a/b', layers: [layers.rmsNormalization(args)],
  })],
  ['version must be 2 or 3, but is 1.', 1 as never, () => layers.rmsNormalization(args)],
])('toKeras: %s', async (message, version, make) => {
  const model = async () => saved(tf.sequential({layers: [make()]}), {version});
  await expect(model).rejects.toThrow(new Error(`toKeras: ${message}`));
});

test.each(RETURNING.map(({model, version}) => [model.name, version, model] as const))(
  'the golden model %s comes back from the files of Keras %i',
  async (_, version, given) => {
    const model = await tf.loadLayersModel(tfn.fromKeras(filesOf(given)));
    const files = await saved(model, {version});
    const again = await tf.loadLayersModel(tfn.fromKeras(tf.io.fromMemory(files)));
    const [before, after] = [model, again].map(each =>
      [each.predict(given.inputs.map(tensorOf))].flat().map(y => y.dataSync()),
    );
    expect(after).toEqual(before);
  },
);

test.each<[came: string, target: string | tf.io.IOHandler]>([
  ['{}', {}],
  ['"x://y"', 'x://y'],
  ['"file:///y": import @tensorflow/tfjs-node, which knows files', 'file:///y'],
])('a target that cannot save is an error: %s', async (came, target) => {
  await expect(MADE_MODELS.rms().save(tfn.toKeras(target))).rejects.toThrow(
    new Error(
      `toKeras: target must be a URL that tfjs can save to, or have a save method, but is ${came}.`,
    ),
  );
});

test('the models are what they say, and not constant', () => {
  const {model, inputs, outputs} = example(MADE_MODELS.convolutional);
  expect(() => {
    expectClose(outputs[0], tf.zerosLike(outputs[0]), 0.1);
  }).toThrow();
  expect(model.inputs).toHaveLength(inputs.length);
});
