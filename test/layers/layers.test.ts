/** What every layer must do, as Keras's own test of a layer checks it. */
import * as tf from '@tensorflow/tfjs';
import * as tfn from '../../src/index.js';
import {expectClose} from '../close.js';
import {compile, labelsOf, modelWith, normal, saveAndLoad, train} from '../models.js';
import {expectNoLeak} from '../no_leak.js';

type Row = {
  layer: keyof typeof tfn.layers;
  args?: object;
  className: string;
  /** [3, 8] unless it is given. */
  inputShape?: number[];
  /** Names and shapes, in Keras's order. */
  weights: string;
  /** What the config says beside tfjs's own keys, with Keras's defaults. */
  config: object;
  /** The formula, in tf ops, for a layer with its initial weights in inference mode. */
  expected: (x: tf.Tensor) => tf.Tensor;
};

const ZEROS = {className: 'Zeros', config: {}};
const ONES = {className: 'Ones', config: {}};
const PARAMETERS = {
  betaInitializer: ZEROS,
  gammaInitializer: ONES,
  betaRegularizer: null,
  gammaRegularizer: null,
  betaConstraint: null,
  gammaConstraint: null,
};
const AFFINE = {epsilon: 1e-3, center: true, scale: true, ...PARAMETERS};
const BATCH = {
  ...AFFINE,
  axis: -1,
  momentum: 0.99,
  movingMeanInitializer: ZEROS,
  movingVarianceInitializer: ONES,
};
const RESPONSE = {...PARAMETERS, learnedEpsilonConstraint: null};
const TAU = {tauInitializer: ZEROS, tauRegularizer: null, tauConstraint: null};
const HALF = {className: 'Constant', config: {value: 0.5}};

/** Moments over `axes`, in tf ops. */
const standardized = (x: tf.Tensor, axes: number[]) => {
  const {mean, variance} = tf.moments(x, axes, true);
  return tf.div(tf.sub(x, mean), tf.sqrt(tf.add(variance, 1e-3)));
};
/** Divided by the root of the mean square and epsilon. */
const scaled = (x: tf.Tensor, axes: number[], epsilon: number) =>
  tf.div(x, tf.sqrt(tf.add(tf.mean(tf.square(x), axes, true), epsilon)));
const inTwoGroups = (x: tf.Tensor, norm: (x: tf.Tensor) => tf.Tensor) =>
  tf.reshape(norm(tf.reshape(x, [-1, 3, 2, 4])), [-1, 3, 8]);

const ROWS: Row[] = [
  {
    layer: 'batchNormalization',
    className: 'FusedBatchNormalization',
    weights: 'gamma [8], beta [8], moving_mean [8], moving_variance [8]',
    config: BATCH,
    expected: x => tf.div(x, Math.sqrt(1 + 1e-3)),
  },
  {
    layer: 'batchNormalization',
    args: {renorm: true},
    className: 'FusedBatchNormalization',
    weights:
      'gamma [8], beta [8], moving_mean [8], moving_variance [8], ' +
      'moving_stddev [8], renorm_mean [8], renorm_stddev [8]',
    config: {...BATCH, renorm: true, renormClipping: {}, renormMomentum: 0.99},
    expected: x => tf.div(x, Math.sqrt(1 + 1e-3)),
  },
  {
    layer: 'layerNormalization',
    className: 'FusedLayerNormalization',
    weights: 'gamma [8], beta [8]',
    config: {...AFFINE, axis: -1},
    expected: x => standardized(x, [-1]),
  },
  {
    layer: 'layerNormalization',
    args: {axis: [-1, 1]},
    className: 'FusedLayerNormalization',
    inputShape: [3, 2, 8],
    weights: 'gamma [3,8], beta [3,8]',
    config: {...AFFINE, axis: [-1, 1]},
    expected: x => standardized(x, [1, 3]),
  },
  {
    layer: 'layerNormalization',
    args: {rmsScaling: true},
    className: 'FusedLayerNormalization',
    weights: 'gamma [8]',
    config: {...AFFINE, axis: -1, rmsScaling: true},
    expected: x => tf.div(x, tf.sqrt(tf.add(tf.moments(x, -1, true).variance, 1e-3))),
  },
  {
    layer: 'groupNormalization',
    args: {groups: 2},
    className: 'GroupNormalization',
    weights: 'gamma [8], beta [8]',
    config: {...AFFINE, groups: 2, axis: -1},
    expected: x => inTwoGroups(x, x => standardized(x, [1, 3])),
  },
  {
    layer: 'instanceNormalization',
    className: 'InstanceNormalization',
    weights: 'gamma [8], beta [8]',
    config: {...AFFINE, groups: -1, axis: -1},
    expected: x => standardized(x, [1]),
  },
  {
    layer: 'powerNormalization',
    args: {groups: 2},
    className: 'PowerNormalization',
    weights: 'gamma [8], beta [8], phi [8], nu [8], step []',
    config: {
      ...{...AFFINE, epsilon: 1e-5, axis: -1, groups: 2, warmupSteps: 10000},
      ...{alphaForward: 0.9, alphaBackward: 0.9, backwardMode: 'reference', guard: true},
    },
    expected: x =>
      tf.div(
        inTwoGroups(x, x => scaled(x, [-1], 1e-5)),
        Math.sqrt(1 + 1e-5),
      ),
  },
  {
    layer: 'rmsNormalization',
    className: 'RMSNormalization',
    weights: 'scale [8]',
    config: {axis: -1, epsilon: 1e-6},
    expected: x => scaled(x, [-1], 1e-6),
  },
  {
    layer: 'unitNormalization',
    className: 'UnitNormalization',
    weights: '',
    config: {axis: -1},
    expected: x => tf.div(x, tf.norm(x, 2, -1, true)),
  },
  {
    layer: 'unitNormalization',
    args: {axis: [1, 2], order: 1, epsilon: 1e-6},
    className: 'UnitNormalization',
    weights: '',
    config: {axis: [1, 2], order: 1, epsilon: 1e-6},
    expected: x => tf.div(x, tf.sum(tf.abs(x), [1, 2], true)),
  },
  {
    layer: 'l1Normalization',
    className: 'L1Normalization',
    weights: '',
    config: {axis: -1, order: 1},
    expected: x => tf.div(x, tf.norm(x, 1, -1, true)),
  },
  {
    layer: 'l2Normalization',
    className: 'L2Normalization',
    weights: '',
    config: {axis: -1},
    expected: x => tf.div(x, tf.norm(x, 2, -1, true)),
  },
  {
    layer: 'filterResponseNormalization',
    args: {learnedEpsilon: true},
    className: 'FilterResponseNormalization',
    inputShape: [3, 2, 4],
    weights: 'learned_epsilon [1], gamma [1,1,1,4], beta [1,1,1,4]',
    config: {...RESPONSE, epsilon: 1e-6, axis: [1, 2], learnedEpsilon: true},
    expected: x => scaled(x, [1, 2], 1e-4 + 1e-6),
  },
  {
    layer: 'filterResponseNormalization',
    args: {axis: [2], epsilon: 1e-3},
    className: 'FilterResponseNormalization',
    inputShape: [4, 5],
    weights: 'gamma [1,4,1], beta [1,4,1]',
    config: {...RESPONSE, epsilon: 1e-3, axis: [2], learnedEpsilon: false},
    expected: x => scaled(x, [2], 1e-3),
  },
  {
    layer: 'thresholdedLinearUnit',
    className: 'TLU',
    inputShape: [3, 4],
    weights: 'tau [4]',
    config: {...TAU, axis: -1, affine: false},
    expected: tf.relu,
  },
  {
    // As Addons has it.
    layer: 'thresholdedLinearUnit',
    args: {axis: null, affine: true, alphaInitializer: HALF},
    className: 'TLU',
    inputShape: [3, 4],
    weights: 'tau [3,4], alpha [3,4]',
    config: {
      ...{...TAU, affine: true},
      ...{alphaInitializer: HALF, alphaRegularizer: null, alphaConstraint: null},
    },
    expected: x => tf.maximum(x, tf.mul(x, 0.5)),
  },
  {
    layer: 'localResponseNormalization',
    args: {depthRadius: 1, alpha: 0.1},
    className: 'LocalResponseNormalization',
    inputShape: [3, 4],
    weights: '',
    config: {depthRadius: 1, bias: 1, alpha: 0.1, beta: 0.5},
    expected: x =>
      tf.reshape(tf.localResponseNormalization(tf.reshape<tf.Rank.R4>(x, [-1, 1, 3, 4]), 1, 1, 0.1, 0.5), x.shape), // prettier-ignore
  },
  {
    layer: 'normalization',
    args: {mean: [1, 2, 3, 4], variance: [4, 4, 1, 9]},
    className: 'Normalization',
    inputShape: [3, 4],
    weights: '',
    config: {axis: [-1], invert: false, mean: [1, 2, 3, 4], variance: [4, 4, 1, 9]},
    expected: x => tf.div(tf.sub(x, [1, 2, 3, 4]), [2, 2, 1, 3]),
  },
  {
    // Before it is adapted.
    layer: 'normalization',
    args: {axis: [1, 2]},
    className: 'Normalization',
    inputShape: [3, 4],
    weights: 'mean [3,4], variance [3,4], count []',
    config: {axis: [1, 2], invert: false, mean: null, variance: null},
    expected: tf.clone,
  },
];

describe.each(ROWS)(
  '$layer $args',
  ({layer: name, args = {}, className, inputShape = [3, 8], weights, config, expected}) => {
    const make = (more: object = {}) =>
      tfn.layers[name]({...args, ...more} as never) as tf.layers.Layer;
    const batch = (n: number) => [n, ...inputShape];

    test('has the weights, in name, shape and order', () => {
      const layer = make({name: 'norm'});
      layer.build([null, ...inputShape]);
      const found = layer.weights.map(w => `${w.originalName} [${w.shape.join()}]`);
      expect(found.join(', ')).toBe(weights);
      if (weights === '') return;
      const other = tf.ones([2, ...inputShape.map(size => size + 1)]);
      const call = () => layer.apply(other);
      expect(call).toThrow('incompatible with layer norm: expected axis');
    });

    test('computes its formula and keeps the shape, inside timeDistributed too', () => {
      const x = normal(batch(6));
      expectClose(make().apply(x) as tf.Tensor, expected(x), 1e-5);
      expect(make().computeOutputShape([null, ...inputShape])).toEqual([null, ...inputShape]);
      const wrapped = tf.layers.timeDistributed({layer: make()});
      const steps = wrapped.apply(tf.reshape(x, [2, 3, ...inputShape])) as tf.Tensor;
      expect(steps.shape).toEqual([2, 3, ...inputShape]);
      expectClose(steps, expected(x), 1e-5);
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
      const x = normal(batch(64), 2);
      const losses = await train(model, x, 8);
      expect(losses[7]).toBeLessThan(losses[0]);

      const loaded = await saveAndLoad(model);
      compile(loaded);
      const [lossAgain, loss] = [loaded, model].map(
        each => (each.evaluate(x, labelsOf(x)) as tf.Scalar[])[0],
      );
      expect(lossAgain.dataSync()).toEqual(loss.dataSync());
      const [again, y] = [loaded, model].map(each => each.predict(x) as tf.Tensor);
      expect(again.dataSync()).toEqual(y.dataSync());
      expect(loaded.layers[1].constructor).toBe(model.layers[1].constructor);
      // Training goes on from there.
      expect(await train(loaded, x, 1)).toHaveLength(1);
    });

    test('passes masks on', () => {
      const mask = tf.ones([2, inputShape[0]], 'bool');
      expect(make().supportsMasking).toBe(true);
      expect(make().computeMask(normal(batch(2)), mask)).toBe(mask);
    });

    test('leaves only its result behind, in training too', () => {
      const layer = make();
      const x = normal(batch(4));
      layer.build(x.shape);
      for (const training of [false, true]) {
        expectNoLeak(() => tf.dispose(layer.apply(x, {training}) as tf.Tensor));
      }
    });
  },
);
