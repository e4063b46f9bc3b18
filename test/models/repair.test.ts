import * as tf from '@tensorflow/tfjs';
import * as tfn from '../../src/index.js';
import {
  freezeBatchNorm,
  fuseLayers,
  isNormParameter,
  mergeMoments,
  recalibrate,
  replaceBatchNorm,
} from '../../src/models/index.js';
import {expectClose} from '../close.js';
import {normal, saveAndLoad, train} from '../models.js';
import {expectNoLeak} from '../no_leak.js';
import {random} from '../random.js';
import {fillWeights, MODELS} from './models.js';

const {layers} = tf;

const predict = (model: tf.LayersModel, x: tf.Tensor | tf.Tensor[]): tf.Tensor[] =>
  [model.predict(x)].flat();
const weightsOf = (model: tf.LayersModel) =>
  model.weights.map(each => each.read().dataSync().slice());
const ending = (model: tf.LayersModel, name: RegExp) =>
  model.weights.filter(weight => name.test(weight.name));

/** A dense layer between two batch norms, by either package. */
function chain(norm: (args: {name: string}) => tf.layers.Layer = tf.layers.batchNormalization) {
  const kernelInitializer = tf.initializers.glorotNormal({seed: 1});
  const model = tf.sequential({
    layers: [
      layers.dense({units: 6, inputShape: [4], kernelInitializer}),
      norm({name: 'b1'}),
      layers.dense({units: 5, activation: 'relu', kernelInitializer}),
      norm({name: 'b2'}),
      layers.dense({units: 1, activation: 'sigmoid', kernelInitializer}),
    ],
  });
  model.compile({optimizer: 'sgd', loss: 'binaryCrossentropy'});
  return model;
}

describe('mergeMoments', () => {
  /** Ten clients whose data lie elsewhere, are spread otherwise, and are of other sizes. */
  const clients = Array.from({length: 10}, (_, i) => {
    const count = 20 + 37 * i;
    return random(count, i + 1, 3 * Math.cos(i), 0.2 + 0.3 * i);
  });
  const momentsOf = (values: ArrayLike<number>) => {
    const all = Array.from(values);
    const mean = all.reduce((sum, value) => sum + value, 0) / all.length;
    const variance = all.reduce((sum, value) => sum + (value - mean) ** 2, 0) / all.length;
    return {mean: [mean], variance: [variance], count: all.length};
  };

  test('gives the moments of all data, where averages are far off', () => {
    const pooled = momentsOf(clients.flatMap(values => Array.from(values)));
    const parts = clients.map(momentsOf);
    const merged = mergeMoments(parts);
    expect(merged.count).toBe(pooled.count);
    expect(Math.abs(merged.mean[0] - pooled.mean[0])).toBeLessThan(1e-9);
    expect(Math.abs(merged.variance[0] / pooled.variance[0] - 1)).toBeLessThan(1e-9);
    const average =
      parts.reduce((sum, {variance, count}) => sum + variance[0] * count, 0) / pooled.count;
    expect(Math.abs(average / pooled.variance[0] - 1)).toBeGreaterThan(0.1);
  });

  test('takes tensors', () => {
    const [mean, variance] = [tf.tensor([1, 2]), tf.tensor([3, 4])];
    const merged = mergeMoments([{mean, variance, count: 5}]);
    expect([...merged.mean, ...merged.variance]).toEqual([1, 2, 3, 4]);
  });

  test.each([
    [[], /^mergeMoments: must be called with a list of at least one/],
    [
      [{mean: [1], variance: [-1], count: 2}],
      /the variance of part 0 must have finite numbers, 0 or more, but has -1\.$/,
    ],
    [
      [{mean: [NaN], variance: [1], count: 2}],
      /the mean of part 0 must have finite numbers, but has NaN\.$/,
    ],
    [
      [{mean: [1], variance: [1], count: 0}],
      /the count of part 0 must be a positive integer, but is 0\.$/,
    ],
    [
      [
        {mean: [1], variance: [1], count: 1},
        {mean: [1, 2], variance: [1, 2], count: 1},
      ],
      /all must have 1 features, but part 1 has 2 means and 2 variances\.$/,
    ],
    [[null as never], /part 0 must have mean, variance and count, but is null\.$/],
  ])('refuses %j', (parts, message) => {
    expect(() => mergeMoments(parts)).toThrow(message);
  });
});

describe('isNormParameter', () => {
  const model = tf.sequential({
    layers: [
      layers.dense({units: 8, inputShape: [4], name: 'gamma'}),
      layers.batchNormalization({name: 'kernel'}),
      tfn.layers.batchNormalization({name: 'dense/bias'}),
      layers.layerNormalization({name: 'ln_1'}),
      tfn.layers.rmsNormalization({name: 'beta_free'}),
      tfn.layers.groupNormalization({name: 'x', groups: 2}),
      layers.dense({units: 1, name: 'normalization'}),
    ],
  });
  const expected = model.trainableWeights
    .filter(({shape}) => shape.length === 1 && shape[0] === 8)
    .slice(1);

  test.each([
    ['weights', (weight: tf.layers.Layer['weights'][number]) => isNormParameter(weight)],
    ['variables', (weight: tf.layers.Layer['weights'][number]) => isNormParameter(weight.read())],
    [
      'weights of a model',
      (weight: tf.layers.Layer['weights'][number]) => isNormParameter(weight, model),
    ],
  ])('knows those of oddly named layers: %s', (_, test) => {
    expect(expected).toHaveLength(9);
    expect(model.weights.filter(test)).toEqual(expected);
  });

  test("a beta of a program's layer is none, if the model says so", () => {
    class Swish extends tf.layers.Layer {
      static readonly className = 'SwishWithBeta';
      override build() {
        this.addWeight('beta', [1], 'float32', tf.initializers.ones());
      }
      override call(x: tf.Tensor | tf.Tensor[]) {
        return [x].flat()[0];
      }
    }
    const other = tf.sequential({
      layers: [layers.dense({units: 2, inputShape: [2]}), new Swish({})],
    });
    expect(other.weights.filter(weight => isNormParameter(weight, other))).toEqual([]);
  });

  test('needs a variable', () => {
    expect(() => isNormParameter('gamma' as never)).toThrow(
      `isNormParameter: variable must be one of a model's weights or its tf.Variable, but is "gamma".`,
    );
  });
});

describe.each([
  ["tfjs's", layers.batchNormalization],
  ['ours', tfn.layers.batchNormalization],
  [
    'ours with renorm',
    (args: {name: string}) => tfn.layers.batchNormalization({...args, renorm: true}),
  ],
])('freezeBatchNorm, %s', (_, norm) => {
  test.each([true, false])('holds the statistics; parameters: %s', async parameters => {
    const x = normal([32, 4]);
    const original = fillWeights(chain(norm));
    const flags = original.weights.map(({trainable}) => trainable);
    const outputs = predict(original, x);
    const {model, report} = freezeBatchNorm(original, {parameters});
    expect(report).toEqual({frozen: ['b1', 'b2'], refused: []});
    predict(model, x).forEach((y, i) => expectClose(y, outputs[i], 1e-5));
    expect(original.weights.map(({trainable}) => trainable)).toEqual(flags);
    expect(original.trainableWeights).toHaveLength(10);
    const valuesOf = (name: RegExp) =>
      ending(model, name).map(weight => Array.from(weight.read().dataSync()));
    const [statistics, params, kernels] = [/moving|renorm/, /gamma|beta/, /kernel/].map(valuesOf);
    await train(model, x, 2);
    expect(valuesOf(/moving|renorm/)).toEqual(statistics);
    for (const [i, values] of valuesOf(/gamma|beta/).entries()) {
      expect(tf.util.arraysEqual(values, params[i])).toBe(parameters);
    }
    expect(valuesOf(/kernel/)).not.toEqual(kernels);
  });
});

test('freezeBatchNorm reaches every structure, and frees with the last model', () => {
  for (const {model: make, x, norms} of Object.values(MODELS)) {
    const original = fillWeights(make());
    const {model, report} = freezeBatchNorm(original, {parameters: false});
    expect(report.frozen.filter(name => !norms.includes(name))).toEqual([]);
    predict(model, x()).forEach((y, i) => expectClose(y, predict(original, x())[i], 5e-6));
  }
  expectNoLeak(() => {
    const original = chain();
    const {model} = freezeBatchNorm(original);
    original.dispose();
    tf.tidy(() => void predict(model, normal([2, 4])));
    model.dispose();
  });
});

describe('replaceBatchNorm', () => {
  test('keeps gamma and beta, with groups that divide the channels, and trains', async () => {
    const original = tf.sequential({
      layers: [
        layers.conv2d({filters: 12, kernelSize: 3, inputShape: [6, 6, 3]}),
        layers.batchNormalization({name: 'b1', epsilon: 1e-5}),
        layers.flatten(),
        layers.dense({units: 9}),
        tfn.layers.batchNormalization({name: 'b2', center: false}),
        layers.dense({units: 4}),
        layers.batchNormalization({name: 'b3'}),
      ],
    });
    fillWeights(original);
    const {model, report} = replaceBatchNorm(original, {groups: 8});
    expect(report.replaced).toEqual([
      {layer: 'b1', channels: 12, groups: 4},
      {layer: 'b2', channels: 9, groups: 1},
      {layer: 'b3', channels: 4, groups: 1},
    ]);
    expect([report.needsTraining, report.note]).toEqual([
      true,
      expect.stringContaining('train it'),
    ]);
    const [gamma, beta] = original.getLayer('b1').weights;
    expect(model.getLayer('b1').weights).toEqual([gamma, beta]);
    const x = normal([2, 6, 6, 3]);
    const inner = tf.model({inputs: model.inputs, outputs: model.getLayer('b1').output});
    const conv = tf.model({inputs: original.inputs, outputs: original.layers[0].output});
    const params = {gamma: gamma.read(), beta: beta.read(), epsilon: 1e-5};
    expectClose(
      inner.predict(x) as tf.Tensor,
      tfn.groupNorm(conv.predict(x) as tf.Tensor, {groups: 4, ...params}),
      1e-6,
    );
    const loaded = await saveAndLoad(model);
    expectClose(loaded.predict(x) as tf.Tensor, predict(model, x)[0], 1e-6);
  });

  test('refuses what it cannot, and frees with the last model', () => {
    class Mine extends tfn.BatchNormalization {
      static override readonly className = 'MineNorm';
    }
    const refusing = tf.sequential({
      layers: [
        new Mine({name: 'mine', inputShape: [3, 4]}),
        tfn.layers.batchNormalization({name: 'two', axis: [1, 2]}),
      ],
    });
    expect(replaceBatchNorm(refusing).report).toEqual({
      replaced: [],
      refused: [
        {layer: 'mine', reason: 'it is of the class MineNorm, which may compute something else.'},
        {layer: 'two', reason: 'its axis is [1,2], which is not one of channels alone.'},
      ],
      needsTraining: false,
      note: expect.any(String) as string,
    });
    for (const first of [0, 1]) {
      expectNoLeak(() => {
        const original = chain();
        const both = [original, replaceBatchNorm(original).model];
        both[first].dispose();
        both[1 - first].dispose();
      });
    }
    expect(() => replaceBatchNorm(refusing, {groups: 0})).toThrow(
      'replaceBatchNorm: groups must be a positive integer, but is 0.',
    );
    expect(() => replaceBatchNorm(refusing, {group: 2} as never)).toThrow('did you mean groups?');
  });
});

describe('recalibrate', () => {
  /** The result of training for all data as one batch. */
  const byBatch = (model: tf.LayersModel, x: tf.Tensor) =>
    tf.tidy(() => [fuseLayers(model).model.call(x, {training: true})].flat()[0]);

  test.each([
    ["tfjs's", layers.batchNormalization],
    ['ours', tfn.layers.batchNormalization],
    [
      'ours with renorm',
      (args: {name: string}) => tfn.layers.batchNormalization({...args, renorm: true}),
    ],
  ])(
    'layer by layer: inference computes what training does of all data, %s',
    async (name, norm) => {
      const model = fillWeights(chain(norm));
      const x = normal([75, 4]);
      const before = tf.memory().numTensors;
      const steps: number[] = [];
      const report = await recalibrate(model, x, {
        batchSize: 20,
        onProgress: ({done, all}) => void steps.push(done / all!),
      });
      expect(tf.memory().numTensors).toBe(before);
      expect(report.recalibrated.map(({layer, count}) => [layer, count])).toEqual([
        ['b1', 75],
        ['b2', 75],
      ]);
      expect(report.recalibrated[0].shift).toBeGreaterThan(0.1);
      expect([steps.length, steps.at(-1)]).toEqual([8, 1]);
      const [y] = predict(model, x);
      if (!name.includes('renorm')) expectClose(y, byBatch(model, x), 2e-5);
      // Renorm's own averages are the same by now.
      else expectClose(y, [model.call(x, {training: true})].flat()[0], 2e-3);
    },
  );

  test('all at once, from a data set, is near to that', async () => {
    const model = fillWeights(chain());
    const x = normal([256, 4]);
    const dataset = tf.data.array(x.arraySync() as number[][]).batch(64);
    const before = tf.memory().numTensors;
    await recalibrate(model, dataset as never, {method: 'once'});
    expect(tf.memory().numTensors).toBe(before);
    expectClose(predict(model, x)[0], byBatch(model, x), 0.05);
  });

  test('reaches every structure', async () => {
    for (const {model: make, x} of Object.values(MODELS)) {
      const model = fillWeights(make());
      const {recalibrated, refused} = await recalibrate(model, x());
      expect(refused).toEqual([]);
      expect(recalibrated.length).toBe(ending(model, /moving_mean/).length);
      expect(recalibrated.every(({shift}) => shift > 0)).toBe(true);
    }
  });

  test('leaves the model as it was when data are wrong', async () => {
    const model = fillWeights(chain());
    const before = weightsOf(model);
    const {numTensors} = tf.memory();
    const x = normal([8, 4]);
    const nan = tf.tidy(() => tf.concat([x, tf.fill([1, 4], NaN)]));
    await expect(recalibrate(model, nan)).rejects.toThrow(
      'recalibrate: what reaches b1 must be finite, but its feature 0 has NaN or an infinite value.',
    );
    await expect(recalibrate(model, [x, normal([8, 3])])).rejects.toThrow(
      /data for .+ must have the shape \[\?, 4\], but has \[8, 3\]\.$/,
    );
    function* generator() {
      yield x;
    }
    await expect(recalibrate(model, generator())).rejects.toThrow("give a list, or method: 'once'");
    await expect(recalibrate(model, [])).rejects.toThrow(
      'data must have examples, but there are none.',
    );
    await expect(recalibrate(model, x, {mode: 'once'} as never)).rejects.toThrow(
      'mode is not an option',
    );
    expect(weightsOf(model)).toEqual(before);
    expect(tf.memory().numTensors).toBe(numTensors + 3);
  });

  test('leaves frozen layers alone', async () => {
    const model = fillWeights(chain());
    model.layers[1].trainable = false;
    const {recalibrated, refused} = await recalibrate(model, normal([8, 4]));
    expect(recalibrated.map(({layer}) => layer)).toEqual(['b2']);
    expect(refused).toEqual([{layer: 'b1', reason: 'it is frozen.'}]);
  });
});
