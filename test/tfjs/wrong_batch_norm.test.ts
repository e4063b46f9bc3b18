/**
 * What is wrong with tfjs 4.22's batch normalization, each time beside our result. Where such a
 * test fails on the side of tfjs, tfjs was mended, and docs/compatibility.md has to change.
 */
import * as tf from '@tensorflow/tfjs';
import '@tensorflow/tfjs-backend-wasm';
import {expectClose, relativeError} from '../close.js';
import {normal, saveAndLoad, valuesOf} from '../models.js';
import {
  built,
  expectRightLayer,
  gradients,
  type Layer,
  makeLayer,
  problemOf,
  run,
  type Source,
  SOURCES,
  truth,
  twins,
  VALUE,
  WRONG,
} from './helpers.js';

const kind = 'batchNormalization';

/** With the moving statistics, of a layer with an input of shape [n, features]. */
function inference(layer: Layer, x: tf.Tensor): number[] {
  const [gamma, beta, mean, variance] = valuesOf(layer);
  return Array.from(x.dataSync(), (value, i) => {
    const f = i % gamma.length;
    return ((value - mean[f]) / Math.sqrt(variance[f] + 1e-3)) * gamma[f] + beta[f];
  });
}

beforeAll(() => tf.setBackend('cpu'));

describe("tfjs's batch normalization, unlike ours,", () => {
  let x: tf.Tensor;
  beforeAll(() => void (x = normal([8, 5], 1, 2, 3)));
  const ofRows = problemOf([8, 5], [0], [1]);

  test.each(['cpu', 'wasm'])('with channels first on %s is wrong and cannot train', async on => {
    await tf.setBackend(on);
    const shape = [2, 3, 4, 4];
    const problem = problemOf(shape, [0, 2, 3], [1]);
    const x = normal(shape, 1, 2, 3);
    const {tfjs, ours} = twins(kind, {axis: 1}, shape);
    const rows = tf.reshape(tf.transpose(x, [0, 2, 3, 1]), [-1, 3]);
    const inferred = tf.tensor(inference(ours, rows), [2, 4, 4, 3]);
    const expected = tf.transpose(inferred, [0, 3, 1, 2]);
    expect(relativeError(run(tfjs, x), expected)).toBeGreaterThan(WRONG);
    expectClose(run(ours, x), expected, VALUE);
    expect(relativeError(run(tfjs, x, true), truth(ours, x, problem))).toBeGreaterThan(WRONG);
    expect(() => gradients(tfjs, x, x)).toThrow('Size(96) must match the product of shape 1,3,1,1');
    await expectRightLayer(ours, x, problem);
    await tf.setBackend('cpu');
  });

  test.each([[[-1]], [[1, 2]]])('takes no list of axes like %j', async axis => {
    const shape = [5, 3, 4];
    const x = normal(shape, 1, 2, 3);
    expect(() => run(makeLayer('tfjs', kind, {axis}), x)).toThrow(
      'should have a defined dimension',
    );
    const params = axis.map(a => (a + 3) % 3);
    const reduced = [0, 1, 2].filter(a => !params.includes(a));
    await expectRightLayer(
      built('ours', kind, {axis}, shape),
      x,
      problemOf(shape, reduced, params),
    );
  });

  test('runs on its batch and learns from it though it is frozen', () => {
    const {tfjs, ours} = twins(kind, {trainable: false}, [8, 5]);
    const before = valuesOf(ours);
    expectClose(run(tfjs, x, true), truth(tfjs, x, ofRows), VALUE);
    expect(relativeError(valuesOf(tfjs)[2], before[2])).toBeGreaterThan(1e-3);
    expectClose(run(ours, x, true), inference(ours, x), VALUE);
    expect(valuesOf(ours)).toEqual(before);
  });

  test.each(['layer', 'model around it'])(
    'is changed by a training for which the %s is frozen',
    async frozen => {
      const y = normal([8, 1], 2, 0, 1);
      async function train(source: Source) {
        const layer = makeLayer(source, kind);
        const inner = tf.sequential({layers: [tf.layers.inputLayer({inputShape: [5]}), layer]});
        (frozen === 'layer' ? layer : inner).trainable = false;
        const head = tf.layers.dense({units: 1, kernelInitializer: 'ones'});
        // A sequential model takes its first layer apart if that is a model, and thaws what is in it.
        const input = tf.layers.inputLayer({inputShape: [5]});
        const model = tf.sequential({layers: [input, inner, head]});
        model.compile({optimizer: tf.train.sgd(0.01), loss: 'meanSquaredError'});
        const [before] = (model.evaluate(x, y) as tf.Scalar).dataSync();
        // One step, so that its loss is of the weights that were evaluated.
        const {history} = await model.fit(x, y, {epochs: 1});
        return {before, loss: history['loss'][0] as number, mean: valuesOf(layer)[2]};
      }
      const [tfjs, ours] = [await train('tfjs'), await train('ours')];
      expect(relativeError([tfjs.loss], [tfjs.before])).toBeGreaterThan(WRONG);
      expect(tfjs.mean).not.toEqual([0, 0, 0, 0, 0]);
      expectClose([ours.loss], [ours.before], VALUE);
      expect(ours.mean).toEqual([0, 0, 0, 0, 0]);
    },
  );

  test('forgets the training argument of a symbolic call', async () => {
    const layers = twins(kind, {}, [8, 5]);
    const [tfjs, ours] = SOURCES.map(source => {
      const input = tf.input({shape: [5]});
      const output = layers[source].apply(input, {training: true}) as tf.SymbolicTensor;
      return tf.model({inputs: input, outputs: output});
    });
    const y = truth(layers.ours, x, ofRows);
    expectClose(tfjs.predict(x) as tf.Tensor, inference(layers.tfjs, x), VALUE);
    expectClose(ours.predict(x) as tf.Tensor, y, VALUE);
    expectClose((await saveAndLoad(ours)).predict(x) as tf.Tensor, y, VALUE);
  });

  test('lets padding move its statistics', () => {
    const steps = normal([4, 3, 5], 1, 2, 3);
    const x = tf.concat([steps, tf.zeros([4, 2, 5])], 1);
    const mask = tf.layers.masking().computeMask(x) as tf.Tensor;
    const {mean} = tf.moments(steps, [0, 1]);
    const [tfjs, ours] = Object.values(twins(kind, {momentum: 0}, [4, 5, 5])).map(layer => {
      layer.apply(x, {training: true, mask});
      return layer.getWeights()[2];
    });
    expect(relativeError(tfjs, mean)).toBeGreaterThan(WRONG);
    expectClose(ours, mean, VALUE);
  });

  test('is trained without its constraints', async () => {
    const x = normal([16, 5], 1, 0, 1);
    async function train(source: Source) {
      const args = {gammaConstraint: 'nonNeg', betaConstraint: 'nonNeg'};
      const model = tf.sequential({layers: [makeLayer(source, kind, {...args, inputShape: [5]})]});
      model.compile({optimizer: tf.train.sgd(1), loss: 'meanSquaredError'});
      await model.fit(x, tf.mul(x, -2), {epochs: 5, yieldEvery: 'never'});
      model.predict(x);
      return Math.min(...valuesOf(model).slice(0, 2).flat());
    }
    expect(await train('tfjs')).toBeLessThan(-WRONG);
    expect(await train('ours')).toBeGreaterThanOrEqual(0);
  });
});
