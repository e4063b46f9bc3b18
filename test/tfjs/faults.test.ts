/**
 * Faults of tfjs 4.22's normalization that ours, which other tests hold to float64, does not have.
 * Where such a test fails on the side of tfjs, tfjs was mended, and docs/compatibility.md has to
 * change.
 */
import * as tf from '@tensorflow/tfjs';
import '@tensorflow/tfjs-backend-wasm';
import * as tfn from '../../src/index.js';
import {MOMENTS} from '../../src/statistic.js';
import {relativeError} from '../close.js';
import {normalize64} from '../float64.js';
import {normal, saveAndLoad, valuesOf} from '../models.js';
import {
  built,
  gradients,
  type Kind,
  KINDS,
  type Layer,
  makeLayer,
  run,
  type Source,
  VALUE,
  WRONG,
} from './helpers.js';

/** Whether what comes from the source has the fault, in each way in which it shows. */
type Fault = (source: Source) => boolean | boolean[] | Promise<boolean | boolean[]>;

beforeAll(() => tf.setBackend('cpu'));
// XNNPACK warns of what it does not take, and tfjs does not look.
beforeAll(() => void jest.spyOn(console, 'warn').mockImplementation());

async function expectFault(fault: Fault) {
  const [tfjs, ours] = [await fault('tfjs'), await fault('ours')].map(found => [found].flat());
  expect(tfjs).toEqual(tfjs.map(() => true));
  expect(ours).toEqual(tfjs.map(() => false));
}

/** Whether `f` throws an error that says this. */
function fails(message: string, f: () => unknown): boolean {
  try {
    f();
    return false;
  } catch (error) {
    expect((error as Error).message).toContain(message);
    return true;
  }
}

const isFar = (...values: Parameters<typeof relativeError>) => relativeError(...values) > WRONG;

/** The result of a layer with random weights in training, by its batch or by the moments given. */
function formula(layer: Layer, x: tf.Tensor, axes: number[], moments = tf.moments(x, axes, true)) {
  const along = x.shape.map((size, axis) => (axes.includes(axis) ? 1 : size));
  const aligned = axes.includes(0)
    ? along
    : x.shape.map((n, axis) => (axes.includes(axis) ? n : 1));
  const [gamma, beta] = layer.getWeights().map(weight => tf.reshape(weight, aligned));
  const {mean, variance} = moments;
  const xhat = tf.div(tf.sub(x, mean), tf.sqrt(tf.add(variance, 1e-3)));
  return tf.add(tf.mul(xhat, gamma), beta);
}

const x = (...shape: number[]) => normal(shape, 1, 2, 3);
const ofKind = (kind: Kind) => (kind === 'batchNormalization' ? [0] : [1]);

const OF_BOTH: Record<string, (kind: Kind) => Fault> = {
  ...Object.fromEntries(
    [{scale: false}, {center: false}, {scale: false, center: false}].map(args => [
      `cannot train with ${JSON.stringify(args)}`,
      (kind: Kind): Fault =>
        source => {
          const layer = built(source, kind, args, [6, 5]);
          return fails('Cannot read properties of undefined', () =>
            gradients(layer, x(6, 5), x(6, 5)),
          );
        },
    ]),
  ),
  'takes no input of rank 5 or 6': kind => source =>
    [
      [2, 2, 3, 2, 5],
      [2, 2, 1, 3, 2, 5],
    ].map(shape =>
      fails('batchNormalization is not implemented', () =>
        run(makeLayer(source, kind), x(...shape)),
      ),
    ),
  'cuts its output to whole numbers if its input is of whole numbers': kind => source => {
    const layer = built(source, kind, {}, [4, 3]);
    const y = run(layer, tf.cast(x(4, 3), 'int32'), true).dataSync();
    return y.every(Number.isInteger);
  },
  'loses half of its digits where the mean is 10000 standard deviations': kind => source => {
    const [layer, input] = [built(source, kind, {}, [32, 32]), normal([32, 32], 1, 1e4, 1)];
    const [gamma, beta] = layer.getWeights().map(weight => weight.dataSync());
    const axes = {shape: [32, 32], reduced: ofKind(kind), params: [1]};
    const problem = {...axes, statistic: MOMENTS, epsilon: 1e-3};
    const truth = normalize64(input.dataSync(), gamma, beta, problem).y;
    return relativeError(run(layer, input, true), truth) > 1e-4;
  },
  "does not load with Keras's regularizers": kind => async source => {
    const class_name = makeLayer(source, kind).getClassName();
    const load = async (name: string) => {
      const regularizer = {class_name: name, config: {[name.toLowerCase()]: 0.5}};
      const config = {batch_input_shape: [null, 4], gamma_regularizer: regularizer};
      const layers = [{class_name, config}];
      const model = {class_name: 'Sequential', config: {layers}} as never;
      return tf.models.modelFromJSON(model).then(
        () => false,
        (error: unknown) => String(error).includes(`Unknown regularizer: ${name}`),
      );
    };
    return [await load('L1'), await load('L2')];
  },
};

describe.each(KINDS)("tfjs's %s", kind => {
  test.each(Object.entries(OF_BOTH))('%s', (_, fault) => expectFault(fault(kind)));
});

const BATCH = 'batchNormalization';

/** A training for which the layer, or a model around it, is frozen, and the loss before it. */
async function trainFrozen(source: Source, frozen: 'layer' | 'model') {
  const [input, y] = [x(8, 5), normal([8, 1], 2, 0, 1)];
  const layer = makeLayer(source, BATCH);
  const inner = tf.sequential({layers: [tf.layers.inputLayer({inputShape: [5]}), layer]});
  (frozen === 'layer' ? layer : inner).trainable = false;
  const head = tf.layers.dense({units: 1, kernelInitializer: 'ones'});
  // A sequential model takes its first layer apart if that is a model, and thaws what is in it.
  const model = tf.sequential({layers: [tf.layers.inputLayer({inputShape: [5]}), inner, head]});
  model.compile({optimizer: tf.train.sgd(0.01), loss: 'meanSquaredError'});
  const [before] = (model.evaluate(input, y) as tf.Scalar).dataSync();
  const {history} = await model.fit(input, y, {epochs: 1});
  return {before, loss: history['loss'][0] as number, mean: valuesOf(layer)[2]};
}

const OF_BATCH_NORM: Record<string, Fault> = {
  ...Object.fromEntries(
    ['cpu', 'wasm'].map((backend): [string, Fault] => [
      `is wrong with channels first on ${backend}, and cannot train`,
      async source => {
        await tf.setBackend(backend);
        const [layer, input] = [built(source, BATCH, {axis: 1}, [2, 3, 4, 4]), x(2, 3, 4, 4)];
        const [mean, variance] = layer
          .getWeights()
          .slice(2)
          .map(t => tf.reshape(t, [1, 3, 1, 1]));
        const inferred = formula(layer, input, [0, 2, 3], {mean, variance});
        const isWrong = isFar(run(layer, input), inferred);
        const trained = isFar(run(layer, input, true), formula(layer, input, [0, 2, 3]));
        const message = 'Size(96) must match the product of shape 1,3,1,1';
        const cannot = fails(message, () => gradients(layer, input, input));
        await tf.setBackend('cpu');
        return [isWrong, trained, cannot];
      },
    ]),
  ),
  'takes no list of axes': source =>
    [[-1], [1, 2]].map(axis =>
      fails('should have a defined dimension', () =>
        run(makeLayer(source, BATCH, {axis}), x(5, 3, 4)),
      ),
    ),
  'runs on its batch and learns from it though it is frozen': source => {
    const layer = built(source, BATCH, {trainable: false}, [8, 5]);
    const [before, y] = [valuesOf(layer), run(layer, x(8, 5)).dataSync()];
    const differs = isFar(run(layer, x(8, 5), true), y);
    return [differs, isFar(valuesOf(layer)[2], before[2], 0.1)];
  },
  ...Object.fromEntries(
    (['layer', 'model'] as const).map((frozen): [string, Fault] => [
      `is changed by a training for which the ${frozen} is frozen`,
      async source => {
        const {before, loss, mean} = await trainFrozen(source, frozen);
        return [isFar([loss], [before]), mean.some(value => value !== 0)];
      },
    ]),
  ),
  'forgets the training argument of a symbolic call': async source => {
    const [layer, input] = [built(source, BATCH, {}, [8, 5]), tf.input({shape: [5]})];
    const outputs = layer.apply(input, {training: true}) as tf.SymbolicTensor;
    const model = tf.model({inputs: input, outputs});
    const y = formula(layer, x(8, 5), [0]);
    const models = [model, await saveAndLoad(model)];
    return models.map(each => isFar(each.predict(x(8, 5)) as tf.Tensor, y));
  },
  'lets padding move its statistics': source => {
    const steps = x(4, 3, 5);
    const padded = tf.concat([steps, tf.zeros([4, 2, 5])], 1);
    const mask = tf.layers.masking().computeMask(padded) as tf.Tensor;
    const layer = built(source, BATCH, {momentum: 0}, [4, 5, 5]);
    layer.apply(padded, {training: true, mask});
    return isFar(layer.getWeights()[2], tf.mean(steps, [0, 1]));
  },
  'is trained without its constraints': async source => {
    const args = {gammaConstraint: 'nonNeg', betaConstraint: 'nonNeg', inputShape: [5]};
    const model = tf.sequential({layers: [makeLayer(source, BATCH, args)]});
    model.compile({optimizer: tf.train.sgd(1), loss: 'meanSquaredError'});
    const input = normal([16, 5], 1, 0, 1);
    await model.fit(input, tf.mul(input, -2), {epochs: 5, yieldEvery: 'never'});
    model.predict(input);
    return Math.min(...valuesOf(model).slice(0, 2).flat()) < 0;
  },
};

const LAYER = 'layerNormalization';

const OF_LAYER_NORM: Record<string, Fault> = {
  // Ours follow the input's axes.
  'has its parameters along the axes as they are given, and uses them along others': source => {
    const layer = built(source, LAYER, {axis: [2, 1]}, [2, 3, 5]);
    const shape = layer.getWeights()[0].shape;
    layer.setWeights(
      [normal([3, 5], 2), normal([3, 5], 3)].map(t =>
        tf.transpose(t, shape[0] === 3 ? [0, 1] : [1, 0]),
      ),
    );
    const [gamma, beta] = [normal([3, 5], 2), normal([3, 5], 3)];
    const {mean, variance} = tf.moments(x(2, 3, 5), [1, 2], true);
    const xhat = tf.div(tf.sub(x(2, 3, 5), mean), tf.sqrt(tf.add(variance, 1e-3)));
    return isFar(run(layer, x(2, 3, 5)), tf.add(tf.mul(xhat, gamma), beta));
  },
  'writes to the list of axes that it is given': source => {
    const axis = [-1];
    (source === 'tfjs' ? tf : tfn).layers[LAYER]({axis}).apply(tf.ones([2, 3]));
    return axis[0] !== -1;
  },
  'turns values around 1e25, 1e30 or 1e-30 to zeros or infinity': source => {
    const isWrong = (scale: number, args: object) =>
      run(built(source, LAYER, args, [4, 16]), normal([4, 16], 1, 0, scale))
        .dataSync()
        .every(y => y === 0 || !Number.isFinite(y));
    const large = [1e25, 1e30].map(scale => isWrong(scale, {center: false}));
    return [...large, isWrong(1e-30, {epsilon: 0})];
  },
  'needs hundreds of kernels for a small gradient, and more for a larger one': async source => {
    const kernels = async (rows: number) => {
      const [layer, input] = [makeLayer(source, LAYER), x(rows, 16, 64)];
      run(layer, input);
      // The type knows functions of one tensor only.
      return tf.profile(() => gradients(layer, input, input) as unknown as tf.Tensor);
    };
    const counts = [8, 16].map(async rows => (await kernels(rows)).kernels.length);
    // One slice and one addition each: mean and variance per feature, gamma and beta per vector.
    const [few, many] = await Promise.all(counts);
    return [few > 4 * 64 + 4 * 8 * 16, many > 4 * 64 + 4 * 16 * 16];
  },
};

const NAMES = ['gamma', 'beta'];
const inference = (source: Source, takes: string[]) => (x: tf.Tensor) => {
  const [mean, deviation, ...affine] = [3, 4, 5, 6].map(seed => normal([5], seed, 1, 0.3));
  const [gamma, beta] = affine.map((param, i) => (takes.includes(NAMES[i]) ? param : undefined));
  const variance = tf.square(deviation);
  return source === 'tfjs'
    ? tf.batchNorm(x, mean, variance, beta, gamma)
    : tfn.batchNormInference(x, mean, variance, {gamma, beta});
};
const divided = (source: Source, order: 1 | 2) => (x: tf.Tensor) => {
  const ours = order === 1 ? tfn.l1Normalize : tfn.l2Normalize;
  return source === 'tfjs' ? tf.div(x, tf.norm(x, order, -1, true)) : ours(x, {epsilon: 0});
};

const OF_OPS: Record<string, Fault> = {
  'tf.batchNorm has no gradient without scale or offset': source =>
    NAMES.map(name =>
      fails('Cannot read properties of undefined', () =>
        tf.grad(inference(source, [name]))(x(6, 5)),
      ),
    ),
  'tf.batchNorm has no gradient for inputs of rank 5': source =>
    fails('must match length of reps', () => tf.grad(inference(source, NAMES))(x(2, 3, 2, 2, 5))),
  ...Object.fromEntries(
    ([1, 2] as const).map((order): [string, Fault] => [
      `division by tf.norm of order ${order} is not a number at a zero vector, nor is its gradient`,
      source => {
        const input = tf.mul(x(6, 5), [[0], [1], [1], [1], [1], [1]]);
        const f = divided(source, order);
        const firsts = [f(input), tf.grad(f)(input)].map(t => tf.slice(t, 0, 1).dataSync());
        return firsts.map(values => values.every(Number.isNaN));
      },
    ]),
  ),
  'division by tf.norm makes zeros or infinities of values around 1e-30 or 1e25': source =>
    [1e-30, 1e25].map(scale =>
      divided(
        source,
        2,
      )(tf.mul(x(6, 5), scale))
        .dataSync()
        .every(value => value === 0 || !Number.isFinite(value)),
    ),
};

test.each(Object.entries(OF_BATCH_NORM))("tfjs's batch norm %s", (_, fault) => expectFault(fault));
test.each(Object.entries(OF_LAYER_NORM))("tfjs's layer norm %s", (_, fault) => expectFault(fault));
test.each(Object.entries(OF_OPS))('%s', (_, fault) => expectFault(fault));

// Our kernels broadcast nothing; what we compose of tf ops does.
const ones = [1, 1];
test.each<[name: string, op: (x: tf.Tensor) => tf.Tensor, lastRank: number]>([
  ['tf.mul', x => tf.mul(x, normal([x.shape[x.rank - 1]], 2)), 6],
  ['tf.sub', x => tf.sub(x, tf.mean(x, -1, true)), 6],
  [
    'layers.normalization',
    x => {
      const args = {mean: ones, variance: ones, axis: -1};
      return tfn.layers.normalization(args).apply(x) as tf.Tensor;
    },
    6,
  ],
  ['layerNorm', x => tfn.layerNorm(x, {axis: [1, 3, 5]}), 7],
])(
  '%s on wasm broadcasts rightly up to rank 6, and our kernels at rank 7',
  async (_, op, lastRank) => {
    for (const rank of [6, 7]) {
      const on = async (backend: string) => {
        await tf.setBackend(backend);
        return op(normal([2, 3, 2, 3, 2, 2, 2].slice(0, rank), 1)).dataSync();
      };
      const error = relativeError(await on('wasm'), await on('cpu'));
      expect(error < VALUE).toBe(rank <= lastRank);
    }
  },
);
