import * as tf from '@tensorflow/tfjs';
import {expectClose} from '../close.js';
import {random} from '../random.js';

export type LayerTest = {
  /** Makes the layer under test; every call makes a new one. */
  make: (args?: object) => tf.layers.Layer;
  className: string;
  inputShape: number[];
  /** Names and shapes of the weights, in Keras's order. */
  weights: Array<[string, number[]]>;
  /** What the config says beside tfjs's own keys, with Keras's defaults. */
  config: object;
  /** The formula, in tf ops, for a layer with its initial weights in inference mode. */
  expected: (x: tf.Tensor) => tf.Tensor;
};

const data = (shape: number[], seed: number) =>
  tf.tensor(random(tf.util.sizeFromShape(shape), seed, 1, 2), shape);

/** Saves `model` to memory and loads it again, as through files. */
export async function saveAndLoad(model: tf.LayersModel): Promise<tf.LayersModel> {
  let saved: tf.io.ModelArtifacts | undefined;
  await model.save(
    tf.io.withSaveHandler(artifacts => {
      saved = JSON.parse(JSON.stringify({...artifacts, weightData: undefined})) as typeof artifacts;
      saved.weightData = artifacts.weightData;
      return Promise.resolve({modelArtifactsInfo: tf.io.getModelArtifactsInfoForJSON(artifacts)});
    }),
  );
  return tf.loadLayersModel(tf.io.fromMemory(saved!));
}

export function modelWith(layer: tf.layers.Layer, inputShape: number[]): tf.Sequential {
  const model = tf.sequential();
  model.add(tf.layers.dense({units: inputShape[inputShape.length - 1], inputShape}));
  model.add(layer);
  if (inputShape.length > 1) model.add(tf.layers.flatten());
  model.add(tf.layers.dense({units: 1, activation: 'sigmoid'}));
  model.compile({optimizer: tf.train.adam(0.02), loss: 'binaryCrossentropy', metrics: ['acc']});
  return model;
}

/** What every layer must do, as Keras's own test of a layer checks it. */
export function describeLayer(name: string, test_: LayerTest): void {
  const {make, className, inputShape, weights, config, expected} = test_;
  const batch = (n: number) => [n, ...inputShape];

  describe(name, () => {
    test('has the weights, in name, shape and order', () => {
      const layer = make({name: 'norm'});
      layer.build([null, ...inputShape]);
      const found = layer.weights.map(w => [w.originalName, w.shape]);
      expect(found).toEqual(weights);
    });

    test('computes its formula and keeps the shape', () => {
      const x = data(batch(5), 1);
      const y = make().apply(x) as tf.Tensor;
      expect(y.shape).toEqual(x.shape);
      expect(make().computeOutputShape([null, ...inputShape])).toEqual([null, ...inputShape]);
      expectClose(y, expected(x), 1e-5);
    });

    test("has Keras's defaults in its config, and takes them back", () => {
      const layer = make({name: 'norm'});
      expect(layer.getConfig()).toEqual({name: 'norm', trainable: true, ...config});
      expect(layer.getClassName()).toBe(className);
      const registered = tf.serialization.SerializationMap.getMap().classNameMap[className];
      const copy = registered[1](registered[0], layer.getConfig());
      expect(copy).toBeInstanceOf(layer.constructor);
      expect(copy.getConfig()).toEqual(layer.getConfig());
    });

    test('trains, evaluates, saves, loads and predicts the same bit by bit', async () => {
      const model = modelWith(make(), inputShape);
      const x = data(batch(64), 2);
      const label = tf.cast(tf.greater(tf.mean(tf.reshape(x, [64, -1]), 1, true), 1), 'float32');
      const history = await model.fit(x, label, {epochs: 8, batchSize: 16, verbose: 0});
      const losses = history.history['loss'] as number[];
      expect(losses[losses.length - 1]).toBeLessThan(losses[0]);

      const [loss] = model.evaluate(x, label) as tf.Scalar[];
      const loaded = await saveAndLoad(model);
      loaded.compile({optimizer: 'sgd', loss: 'binaryCrossentropy', metrics: ['acc']});
      const [lossAgain] = loaded.evaluate(x, label) as tf.Scalar[];
      expect(lossAgain.dataSync()).toEqual(loss.dataSync());
      const y = model.predict(x) as tf.Tensor;
      expect((loaded.predict(x) as tf.Tensor).dataSync()).toEqual(y.dataSync());
      expect(loaded.layers[1].constructor).toBe(model.layers[1].constructor);
      // Training goes on from there.
      await loaded.fit(x, label, {epochs: 1, verbose: 0});
    });

    if (weights.some(([, shape]) => shape.length > 0)) {
      test('names itself where its weights do not fit the input', () => {
        const layer = make({name: 'norm'});
        layer.build([null, ...inputShape]);
        const other = tf.ones([2, ...inputShape.map(size => size + 1)]);
        expect(() => layer.apply(other)).toThrow('incompatible with layer norm: expected axis');
      });
    }

    test('passes masks on', () => {
      const layer = make();
      const mask = tf.ones([2, inputShape[0]], 'bool');
      expect(layer.supportsMasking).toBe(true);
      expect(layer.computeMask(data(batch(2), 1), mask)).toBe(mask);
    });

    test('works inside timeDistributed', () => {
      const x = data([2, 3, ...inputShape], 3);
      const wrapped = tf.layers.timeDistributed({layer: make()});
      const y = wrapped.apply(x) as tf.Tensor;
      const flat = tf.reshape(x, [6, ...inputShape]);
      expectClose(y, tf.reshape(expected(flat), x.shape), 1e-5);
    });

    test('leaves only its result behind, in training too', () => {
      const layer = make();
      const x = data(batch(4), 4);
      layer.build(x.shape);
      const before = tf.memory();
      for (const training of [false, true]) tf.dispose(layer.apply(x, {training}) as tf.Tensor);
      expect(tf.memory()).toMatchObject({
        numTensors: before.numTensors,
        numDataBuffers: before.numDataBuffers,
      });
    });
  });
}
