/** Our layers among tfjs's, in the kinds of models that tfjs has. */
import * as tf from '@tensorflow/tfjs';
import {expectClose} from '../close.js';
import {
  type Kind,
  lstm,
  makeLayer,
  normal,
  setRandomWeights,
  type Source,
  SOURCES,
} from './helpers.js';

// Float32 rounding, through several layers and up to a dozen steps.
const VALUE = 1e-5;

const KINDS: Kind[] = ['batchNormalization', 'layerNormalization'];

const dense = (units: number, seed: number) =>
  tf.layers.dense({units, kernelInitializer: tf.initializers.glorotNormal({seed}), useBias: false});

const numbers = (tensors: tf.Tensor | tf.Tensor[]): number[] =>
  [tensors].flat().flatMap(tensor => [...tensor.dataSync()]);

/** Builds and trains a model with tfjs's layer and with ours; all that they tell must be equal. */
async function expectSame(
  make: (source: Source) => tf.LayersModel,
  x: tf.Tensor | tf.Tensor[],
  fit: (model: tf.LayersModel) => Promise<tf.History>,
): Promise<void> {
  const told: number[][][] = [];
  for (const source of SOURCES) {
    const model = make(source);
    model.compile({optimizer: tf.train.sgd(0.1), loss: 'meanSquaredError'});
    const before = numbers(model.predict(x) as tf.Tensor);
    const losses = (await fit(model)).history['loss'] as number[];
    expect(losses.at(-1)).toBeLessThan(losses[0]);
    told.push([
      before,
      losses,
      numbers(model.predict(x) as tf.Tensor),
      numbers(model.getWeights()),
    ]);
  }
  const [tfjs, ours] = told;
  ours.forEach((found, i) => {
    expectClose(found, tfjs[i], VALUE);
  });
}

describe.each(KINDS)('%s is the same as in tfjs', kind => {
  const [x, other, y] = [normal([24, 5], 1, 1, 2), normal([24, 5], 2), normal([24, 2], 3)];

  test('trained on a dataset', async () => {
    const examples = tf.data.zip({
      xs: tf.data.array(tf.unstack(x)),
      ys: tf.data.array(tf.unstack(y)),
    });
    const make = (source: Source) => {
      const layers = [
        tf.layers.inputLayer({inputShape: [5]}),
        dense(4, 1),
        makeLayer(source, kind),
      ];
      return tf.sequential({layers: [...layers, dense(2, 2)]});
    };
    await expectSame(make, x, model => model.fitDataset(examples.batch(8), {epochs: 3}));
  });

  test('shared by two branches of a functional model, one of them residual', async () => {
    const make = (source: Source) => {
      const inputs = [tf.input({shape: [5]}), tf.input({shape: [5]})];
      const norm = makeLayer(source, kind);
      const [left, right] = inputs.map(input => norm.apply(input) as tf.SymbolicTensor);
      const residual = tf.layers.add().apply([left, inputs[0]]) as tf.SymbolicTensor;
      const both = tf.layers.concatenate().apply([residual, right]) as tf.SymbolicTensor;
      return tf.model({inputs, outputs: dense(2, 1).apply(both) as tf.SymbolicTensor});
    };
    await expectSame(make, [x, other], model =>
      model.fit([x, other], y, {epochs: 3, batchSize: 8, shuffle: false, yieldEvery: 'never'}),
    );

    const [tfjs, ours] = SOURCES.map(source => {
      const model = make(source);
      setRandomWeights(model.layers.find(layer => layer.trainableWeights.length === 2)!);
      const f = (...xs: tf.Tensor[]) => model.apply(xs, {training: true}) as tf.Tensor;
      return tf.grads(f)([x, other], y);
    });
    ours.forEach((gradient, i) => {
      expectClose(gradient, tfjs[i], VALUE);
    });
  });

  test('in a model within a model', async () => {
    const make = (source: Source) => {
      const inner = tf.sequential({
        layers: [tf.layers.inputLayer({inputShape: [5]}), dense(4, 1), makeLayer(source, kind)],
      });
      return tf.sequential({layers: [inner, dense(2, 2)]});
    };
    await expectSame(make, x, model =>
      model.fit(x, y, {epochs: 3, batchSize: 8, shuffle: false, yieldEvery: 'never'}),
    );
  });

  test('applied to each step by timeDistributed', async () => {
    const sequences = normal([8, 3, 5], 4, 1, 2);
    const make = (source: Source) => {
      const layer = makeLayer(source, kind);
      const wrapped = tf.layers.timeDistributed({layer, inputShape: [3, 5]});
      return tf.sequential({layers: [wrapped, tf.layers.flatten(), dense(2, 1)]});
    };
    await expectSame(make, sequences, model =>
      model.fit(sequences, normal([8, 2], 5), {
        epochs: 3,
        batchSize: 4,
        shuffle: false,
        yieldEvery: 'never',
      }),
    );
  });

  test('between a masking layer and one that uses the mask', async () => {
    // In tfjs, what is masked moves the statistics (wrong_batch_norm.test.ts).
    const padding = kind === 'batchNormalization' ? 0 : 2;
    const sequences = tf.pad(normal([8, 5 - padding, 5], 4, 1, 2), [
      [0, 0],
      [0, padding],
      [0, 0],
    ]);
    const make = (source: Source) => {
      const norm = makeLayer(source, kind);
      return tf.sequential({layers: [tf.layers.masking({inputShape: [5, 5]}), norm, lstm(2)]});
    };
    await expectSame(make, sequences, model =>
      model.fit(sequences, normal([8, 2], 5), {
        epochs: 2,
        batchSize: 4,
        shuffle: false,
        yieldEvery: 'never',
      }),
    );
  });
});
