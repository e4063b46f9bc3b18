/** tfjs's layers under `accelerate`: tfjs's in all but their speed. */
import * as tf from '@tensorflow/tfjs';
import * as tfn from '../../src/index.js';
import {MOMENTS} from '../../src/statistic.js';
import {expectClose} from '../close.js';
import {kernelsRun} from '../kernels_run.js';
import {artifactsOf, modelWith, normal, saveAndLoad, train, valuesOf} from '../models.js';
import {expectNoLeak} from '../no_leak.js';
import {expectRight} from '../right.js';
import {
  built,
  gradients,
  type Kind,
  KINDS,
  type Layer,
  makeLayer,
  run,
  setRandomWeights,
} from '../tfjs/helpers.js';

const VALUE = 2e-6;
const GRADIENT = 1e-5;

let undo: () => void;
beforeAll(() => tf.setBackend('cpu'));
beforeEach(() => void (undo = tfn.accelerate()));
afterEach(() => undo());

/** Whether `f` runs our kernels. */
const isFast = async (f: () => void) => (await kernelsRun(f)).has('FusedNormalize');

/** Values and gradients of a step, and then the weights, as numbers. */
function step(layer: Layer, x: tf.Tensor) {
  const [y, ...grads] = [run(layer, x), ...gradients(layer, x, normal(x.shape, 9))];
  return [y, ...grads, ...layer.getWeights()].map(tensor => tensor.dataSync());
}

/** The same without `accelerate`. */
function expectAsBefore(make: () => Layer, x: tf.Tensor, scale = 1) {
  const accelerated = step(make(), x);
  undo();
  step(make(), x).forEach((values, i) => expectClose(accelerated[i], values, GRADIENT, scale));
}

test.each(KINDS)('%s: instances and models from before are fast, and slow again', async kind => {
  undo();
  const layer = built('tfjs', kind, {}, [4, 3]);
  const model = modelWith(makeLayer('tfjs', kind), [3]);
  const x = normal([4, 3]);
  const all = async () => [
    await isFast(() => void run(layer, x, true)),
    await isFast(() => void model.predict(x)),
    await isFast(
      () => void tf.variableGrads(() => tf.sum(model.apply(x, {training: true}) as tf.Tensor)),
    ),
  ];
  // Batch norm's inference runs another kernel.
  const inference = kind === 'layerNormalization';
  expect(await all()).toEqual([false, false, false]);
  undo = tfn.accelerate();
  expect(await all()).toEqual([true, inference, true]);
  undo();
  expect(await all()).toEqual([false, false, false]);
});

const SHAPES: Record<Kind, Array<[shape: number[], args: object]>> = {
  batchNormalization: [
    [[8, 5], {}],
    [[4, 3, 5], {momentum: 0.5, epsilon: 1e-5}],
    [[2, 3, 4, 5], {axis: 3}],
    [[8, 5], {axis: 1, momentum: 0}],
    [[8, 5], {momentum: 1.5}],
    // It learns from its batch all the same.
    [[8, 5], {trainable: false}],
  ],
  layerNormalization: [
    [[8, 5], {}],
    [[4, 3, 5], {axis: [1, 2], epsilon: 1e-5}],
    [[4, 3, 5], {axis: [-1, 1]}],
    [[2, 3, 4, 5], {axis: 2}],
    [[2, 3, 4, 5], {axis: [3, 1, 2]}],
  ],
};

const random = (kind: Kind, args: object, shape: number[]) => () => {
  const layer = makeLayer('tfjs', kind, args);
  layer.build(shape);
  setRandomWeights(layer);
  return layer;
};

test.each(KINDS.flatMap(kind => SHAPES[kind].map(row => [kind, ...row] as const)))(
  '%s of %j with %j does what it did',
  (kind, shape, args) => {
    expectAsBefore(random(kind, args, shape), normal(shape));
  },
);

test.each<[Kind, number[]]>([
  ['batchNormalization', [1, 5]],
  ['layerNormalization', [8, 1]],
])('%s of single values, %j, does what it did, and says nothing', (kind, shape) => {
  const warn = jest.spyOn(console, 'warn');
  // All that is left of x are tfjs's rounding errors, which it divides by the root of epsilon.
  expectAsBefore(random(kind, {}, shape), normal(shape), 1 / Math.sqrt(1e-3));
  expect(warn).not.toHaveBeenCalled();
  warn.mockRestore();
});

test('the axis may be a list of one, as files of Keras 2 have it', () => {
  const make = () => {
    const layer = built('tfjs', 'batchNormalization', {axis: 2}, [4, 3, 5]);
    (layer as unknown as {axis: number[]}).axis = [2];
    return layer;
  };
  expectAsBefore(make, normal([4, 3, 5]));
});

describe('what tfjs cannot do is right', () => {
  const problem = (shape: number[], reduced: number[], params: number[]) => ({
    shape,
    reduced,
    params,
    statistic: MOMENTS,
    epsilon: 1e-3,
  });
  /** Output and gradients in training. */
  async function expectRightLayer(
    kind: Kind,
    args: object,
    shape: number[],
    [reduced, params]: [number[], number[]],
  ) {
    const layer = built('tfjs', kind, args, shape);
    const [gamma, beta] = ['gamma', 'beta'].map(name =>
      layer.weights.find(({originalName}) => originalName.endsWith(name))?.read(),
    );
    await expectRight(x => run(layer, x, true), problem(shape, reduced, params), {
      x: normal(shape),
      dy: normal(shape, 9),
      ...(gamma && {gamma}),
      ...(beta && {beta}),
    });
  }

  test.each<[Kind, object, number[], [number[], number[]]]>([
    ['batchNormalization', {axis: 1}, [2, 3, 4, 4], [[0, 2, 3], [1]]],
    ['batchNormalization', {scale: false}, [8, 5], [[0], [1]]],
    ['batchNormalization', {center: false}, [8, 5], [[0], [1]]],
    ['batchNormalization', {scale: false, center: false}, [8, 5], [[0], [1]]],
    ['layerNormalization', {scale: false}, [8, 5], [[1], [1]]],
    ['layerNormalization', {center: false}, [8, 5], [[1], [1]]],
  ])('%s with %j on %j', (...layer) => expectRightLayer(...layer));

  test.each<[Kind, [number[], number[]]]>([
    ['batchNormalization', [[0, 1, 2, 3], [4]]],
    ['layerNormalization', [[4], [4]]],
  ])('%s of rank 5', async (kind, axes) => {
    const shape = [2, 2, 3, 2, 4];
    await expectRightLayer(kind, {}, shape, axes);
  });
});

test.each(KINDS)('%s: names, config, weights and files stay', async kind => {
  const files = async () => {
    const norm = makeLayer('tfjs', kind, {name: 'norm'});
    const model = tf.sequential({
      name: 'model',
      layers: [tf.layers.inputLayer({inputShape: [3], name: 'in'}), norm],
    });
    const {weightData, ...rest} = await artifactsOf(model);
    return {...rest, weightData: new Uint8Array(weightData as ArrayBuffer)};
  };
  const accelerated = await files();
  const layer = built('tfjs', kind, {}, [4, 3]);
  const model = modelWith(layer, [3]);
  undo();
  expect(await files()).toEqual(accelerated);
  const x = normal([4, 3]);
  const y = model.predict(x) as tf.Tensor;
  undo = tfn.accelerate();
  const loaded = await saveAndLoad(model);
  expect(loaded.layers[1].getClassName()).toBe(layer.getClassName());
  expect(loaded.layers[1].constructor).toBe(layer.constructor);
  expectClose(loaded.predict(x) as tf.Tensor, y, VALUE);
});

test('calls that do not fit are the same errors', () => {
  const disposedLayers = {} as Record<Kind, Layer>;
  for (const kind of KINDS) (disposedLayers[kind] = built('tfjs', kind, {}, [4, 3])).dispose();
  const errors = () =>
    KINDS.flatMap(kind => {
      const layer = built('tfjs', kind, {}, [4, 3]) as Layer & {call(...args: unknown[]): unknown};
      const disposed = tf.ones([4, 3]);
      disposed.dispose();
      const unbuilt = makeLayer('tfjs', kind) as typeof layer;
      const gone = disposedLayers[kind] as typeof layer;
      return [
        () => layer.call([tf.ones([4, 3]), tf.ones([4, 3])], {}),
        () => layer.call(tf.ones([4, 2]), {training: true}),
        () => layer.call(disposed, {}),
        () => layer.call(null, {}),
        () => layer.call(tf.ones([4, 3])),
        () => unbuilt.call(tf.ones([4, 3]), {}),
        () => gone.call(tf.ones([4, 3]), {}),
      ].map(call => {
        try {
          return (call() as tf.Tensor).shape;
        } catch (error) {
          return String(error);
        }
      });
    });
  const accelerated = errors();
  undo();
  expect(accelerated).toEqual(errors());
});

test.each(KINDS)('%s of integers and of nothing gives what it gave', kind => {
  const outputs = () =>
    [
      tf.tensor2d(
        [
          [1, 2, 3],
          [4, 6, 8],
        ],
        [2, 3],
        'int32',
      ),
      tf.zeros([0, 3]),
    ].map(x => {
      const layer = built('tfjs', kind, {}, [4, 3]);
      const [y, z] = [run(layer, x), run(layer, x, true)];
      return [y, z, ...layer.getWeights()].map(({dtype, ...t}, i) => [
        dtype,
        [y, z, ...layer.getWeights()][i].dataSync(),
        t.shape,
      ]);
    });
  const accelerated = outputs();
  undo();
  expect(accelerated).toEqual(outputs());
});

test('masks are passed on and do not count, as before', () => {
  const x = tf.concat([normal([4, 3, 5]), tf.zeros([4, 2, 5])], 1);
  const mask = tf.layers.masking().computeMask(x) as tf.Tensor;
  const learned = () => {
    const layer = built('tfjs', 'batchNormalization', {}, [4, 5, 5]);
    expect(layer.computeMask(x, mask)).toBe(mask);
    layer.apply(x, {training: true, mask});
    return valuesOf(layer);
  };
  const accelerated = learned();
  undo();
  learned().forEach((values, i) => expectClose(accelerated[i], values, VALUE));
});

const classOf = (kind: Kind) =>
  makeLayer('tfjs', kind, {name: 'any'}).constructor as new (
    args?: object,
  ) => Layer & {call(x: tf.Tensor, kwargs: object): tf.Tensor | tf.Tensor[]};

test.each(KINDS)(
  '%s: subclasses gain, unless they override call; what that does is theirs',
  async kind => {
    const Base = classOf(kind);
    class Plain extends Base {}
    class Twice extends Base {
      override call(x: tf.Tensor, kwargs: object) {
        return tf.mul(super.call(x, kwargs) as tf.Tensor, 2);
      }
    }
    class Own extends Base {
      override call() {
        return tf.ones([1]);
      }
    }
    const x = normal([4, 3]);
    const [plain, twice, own] = [Plain, Twice, Own].map(Class => new Class());
    expect(await isFast(() => void run(plain, x, true))).toBe(true);
    expect(await isFast(() => void run(own, x, true))).toBe(false);
    expectClose(run(twice, x, true), tf.mul(run(plain, x, true), 2), 0);
    expect(run(own, x).shape).toEqual([1]);
  },
);

test.each(KINDS)('%s leaks nothing and does not count as one of the program', kind => {
  const layer = built('tfjs', kind, {}, [4, 3]);
  const x = normal([4, 3]);
  // The first step gives the moving averages values of their own.
  run(layer, x, true);
  expectNoLeak(() =>
    tf.tidy(() => {
      run(layer, x);
      run(layer, x, true);
      gradients(layer, x, x);
    }),
  );
  // tfjs counts the layers that have no name of their own.
  const number = () => Number(/\d+$/.exec(makeLayer('tfjs', kind).name)![0]);
  const before = number();
  tfn.accelerate()();
  expect(number()).toBe(before + 1);
});

test('training by fit, with a frozen part, gives the same history', async () => {
  const x = normal([32, 4, 3]);
  const history = async () => {
    const layer = makeLayer('tfjs', 'batchNormalization', {trainable: false});
    const model = modelWith(layer, [4, 3]);
    const losses = await train(model, x, 4);
    return [losses, ...valuesOf(model)];
  };
  const accelerated = await history();
  undo();
  (await history()).forEach((values, i) => expectClose(accelerated[i], values, 1e-5, 1));
});
