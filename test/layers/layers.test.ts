/** Every layer must do this, as Keras's own test of a layer checks it. */
import * as tf from '@tensorflow/tfjs';
import * as tfn from '../../src/index.js';
import {expectClose} from '../close.js';
import {compile, labelsOf, modelWith, normal, saveAndLoad, train, valuesOf} from '../models.js';
import {expectNoLeak} from '../no_leak.js';

type Row = {
  layer: Exclude<keyof typeof tfn.layers, 'adaptiveNormalization' | 'addNormalization'>;
  args?: object;
  className: string;
  /** [3, 8] unless it is given. */
  inputShape?: number[];
  /** Names and shapes, in Keras's order. */
  weights: string;
  /** The config's keys beside tfjs's own, with Keras's defaults. */
  config: object;
  /** The same by an op or by tf ops, for a layer with its initial weights in inference mode. */
  expected?: (x: tf.Tensor) => tf.Tensor;
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
const RENORM = {renorm: true, renormClipping: {rmax: 3, dmax: 5}, renormMomentum: 0.5};
const RESPONSE = {...PARAMETERS, learnedEpsilonConstraint: null};
const TAU = {tauInitializer: ZEROS, tauRegularizer: null, tauConstraint: null};
const INNER = {name: 'inner', units: 5, activation: 'tanh' as const, kernelRegularizer: 'l1l2'};
const WRAPPED = {layer: {className: 'Dense', config: INNER}};
const WRAPPER = {layer: {className: 'Dense', config: tf.layers.dense(INNER).getConfig()}};
// tfjs writes to the configs that it reads.
const copyOf = <T>(config: T) => JSON.parse(JSON.stringify(config)) as T;
const HALF = {className: 'Constant', config: {value: 0.5}};
const ALPHA = {alphaInitializer: HALF, alphaRegularizer: null, alphaConstraint: null};

// prettier-ignore
const ROWS: Row[] = [
  {layer: 'batchNormalization', className: 'FusedBatchNormalization',
    weights: 'gamma [8], beta [8], moving_mean [8], moving_variance [8]', config: BATCH,
    expected: x => tf.div(x, Math.sqrt(1 + 1e-3))},
  {layer: 'batchNormalization', args: RENORM, className: 'FusedBatchNormalization',
    weights: 'gamma [8], beta [8], moving_mean [8], moving_variance [8], ' +
    'moving_stddev [8], renorm_mean [8], renorm_stddev [8]', config: {...BATCH, ...RENORM},
    expected: x => tf.div(x, Math.sqrt(1 + 1e-3))},
  {layer: 'layerNormalization', className: 'FusedLayerNormalization', weights: 'gamma [8], beta [8]',
    config: {...AFFINE, axis: -1}, expected: x => tfn.layerNorm(x)},
  {layer: 'layerNormalization', args: {axis: [-1, 1]}, className: 'FusedLayerNormalization', inputShape: [3, 2, 8],
    weights: 'gamma [3,8], beta [3,8]', config: {...AFFINE, axis: [-1, 1]},
    expected: x => tfn.layerNorm(x, {axis: [1, 3]})},
  {layer: 'layerNormalization', args: {rmsScaling: true}, className: 'FusedLayerNormalization', weights: 'gamma [8]',
    config: {...AFFINE, axis: -1, rmsScaling: true}, expected: x => tfn.layerNorm(x, {rmsScaling: true})},
  {layer: 'groupNormalization', args: {groups: 2}, className: 'GroupNormalization', weights: 'gamma [8], beta [8]',
    config: {...AFFINE, groups: 2, axis: -1}, expected: x => tfn.groupNorm(x, {groups: 2})},
  {layer: 'instanceNormalization', className: 'InstanceNormalization', weights: 'gamma [8], beta [8]',
    config: {...AFFINE, groups: -1, axis: -1}, expected: x => tfn.instanceNorm(x)},
  {layer: 'powerNormalization', args: {groups: 2}, className: 'PowerNormalization',
    weights: 'gamma [8], beta [8], phi [8], nu [8], step []',
    config: {...{...AFFINE, epsilon: 1e-5, axis: -1, groups: 2, warmupSteps: 10000},
    ...{alphaForward: 0.9, alphaBackward: 0.9, backwardMode: 'reference', guard: true}},
    expected: x => tfn.powerNorm(x, tfn.powerNormState(8), {groups: 2})},
  {layer: 'rmsNormalization', className: 'RMSNormalization', weights: 'scale [8]', config: {axis: -1, epsilon: 1e-6},
    expected: x => tfn.rmsNorm(x)},
  {layer: 'unitNormalization', className: 'UnitNormalization', weights: '', config: {axis: -1},
    expected: x => tfn.l2Normalize(x)},
  {layer: 'unitNormalization', args: {axis: [1, 2], order: 1, epsilon: 1e-6}, className: 'UnitNormalization',
    weights: '', config: {axis: [1, 2], order: 1, epsilon: 1e-6}, expected: x => tfn.l1Normalize(x, {axis: [1, 2]})},
  {layer: 'l1Normalization', className: 'L1Normalization', weights: '', config: {axis: -1, order: 1},
    expected: x => tfn.l1Normalize(x)},
  {layer: 'l2Normalization', className: 'L2Normalization', weights: '', config: {axis: -1},
    expected: x => tfn.l2Normalize(x)},
  {layer: 'filterResponseNormalization', args: {learnedEpsilon: true}, className: 'FilterResponseNormalization',
    inputShape: [3, 2, 4], weights: 'learned_epsilon [1], gamma [1,1,1,4], beta [1,1,1,4]',
    config: {...RESPONSE, epsilon: 1e-6, axis: [1, 2], learnedEpsilon: true},
    expected: x => tfn.filterResponseNorm(x, {epsilon: 1e-4 + 1e-6})},
  {layer: 'filterResponseNormalization', args: {axis: [2], epsilon: 1e-3}, className: 'FilterResponseNormalization',
    inputShape: [4, 5], weights: 'gamma [1,4,1], beta [1,4,1]',
    config: {...RESPONSE, epsilon: 1e-3, axis: [2], learnedEpsilon: false},
    expected: x => tfn.filterResponseNorm(x, {axis: 2, epsilon: 1e-3})},
  {layer: 'globalResponseNormalization', className: 'GlobalResponseNormalization', inputShape: [3, 4],
    weights: 'gamma [4], beta [4]', config: {...PARAMETERS, gammaInitializer: ZEROS, epsilon: 1e-6, axis: -1},
    expected: tf.clone},
  {layer: 'dynamicTanh', inputShape: [3, 4], className: 'DynamicTanh', weights: 'alpha [1], gamma [4], beta [4]',
    config: {...PARAMETERS, center: true, scale: true, axis: -1, ...ALPHA}, expected: x => tf.tanh(tf.mul(x, 0.5))},
  {layer: 'dynamicErf', inputShape: [3, 4], className: 'DynamicErf',
    weights: 'alpha [1], shift [1], gamma [4], beta [4]',
    config: {...{...PARAMETERS, center: true, scale: true, axis: -1, ...ALPHA},
    ...{shiftInitializer: ZEROS, shiftRegularizer: null, shiftConstraint: null}},
    expected: x => tf.erf(tf.mul(x, 0.5))},
  {layer: 'layerScale', args: {initValues: 0.5}, inputShape: [3, 4], className: 'LayerScale', weights: 'gamma [4]',
    config: {initValues: 0.5, projectionDim: null}, expected: x => tf.mul(x, 0.5)},
  {layer: 'thresholdedLinearUnit', className: 'TLU', inputShape: [3, 4], weights: 'tau [4]',
    config: {...TAU, axis: -1, affine: false}, expected: tf.relu},
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
  {layer: 'localResponseNormalization', args: {depthRadius: 1, alpha: 0.1}, className: 'LocalResponseNormalization',
    inputShape: [3, 4], weights: '', config: {depthRadius: 1, bias: 1, alpha: 0.1, beta: 0.5},
    expected: x => tfn.localResponseNorm(x, {depthRadius: 1, alpha: 0.1})},
  {layer: 'normalization', args: {mean: [1, 2, 3, 4], variance: [4, 4, 1, 9]}, className: 'Normalization',
    inputShape: [3, 4], weights: '', config: {axis: [-1], invert: false, mean: [1, 2, 3, 4], variance: [4, 4, 1, 9]},
    expected: x => tf.div(tf.sub(x, [1, 2, 3, 4]), [2, 2, 1, 3])},
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
  ...[false, true].map((reparametrize): Row => ({
    layer: 'spectralNormalization',
    args: {...WRAPPED, reparametrize},
    className: 'SpectralNormalization',
    inputShape: [3, 5],
    // In the order of Keras 3; the next in that of Keras 2, in which Addons is written.
    weights: 'kernel [5,5], vector_u [1,5], bias [5]',
    config: {...WRAPPER, powerIterations: 1, ...(reparametrize && {reparametrize})},
  })),
  ...[false, true].map((dataInit): Row => ({
    layer: 'weightNormalization',
    args: {...WRAPPED, dataInit},
    className: 'WeightNormalization',
    inputShape: [3, 5],
    weights: 'g [5], kernel [5,5], bias [5], initialized []',
    config: {...WRAPPER, dataInit},
  })),
  ...[false, true].map((scaled): Row => ({
    layer: 'weightStandardization',
    args: {...WRAPPED, scaled},
    className: 'WeightStandardization',
    inputShape: [3, 5],
    weights: `${scaled ? 'gain [5], ' : ''}kernel [5,5], bias [5]`,
    config: {...WRAPPER, scaled, gamma: 1, epsilon: 1e-6},
  })),
];

describe.each(ROWS)(
  '$layer $args',
  ({layer: name, args = {}, className, inputShape = [3, 8], weights, config, expected}) => {
    const make = (more: object = {}) =>
      tfn.layers[name]({...copyOf(args), ...more} as never) as tf.layers.Layer;
    const batch = (n: number) => [n, ...inputShape];

    test('has the weights, in name, shape and order', () => {
      const layer = make({name: 'norm'});
      layer.build([null, ...inputShape]);
      const found = layer.weights.map(
        w => `${w.originalName.split('/').pop()} [${w.shape.join()}]`,
      );
      expect(found.join(', ')).toBe(weights);
      if (weights === '') return;
      const other = tf.ones([2, ...inputShape.map(size => size + 1)]);
      const call = () => layer.apply(other);
      expect(call).toThrow('incompatible with layer norm: expected axis');
    });

    if (expected != null)
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
      const copy = registered[1](registered[0], copyOf(layer.getConfig()));
      expect(copy).toBeInstanceOf(layer.constructor);
      expect(copy.getConfig()).toEqual(layer.getConfig());
    });

    test('trains, saves, loads, and goes on bit by bit as if it had not been saved', async () => {
      const model = modelWith(make(), inputShape);
      const x = normal(batch(64), 2);
      const losses = await train(model, x, 5);
      expect(losses[4]).toBeLessThan(losses[0]);

      const loaded = await saveAndLoad(model);
      compile(loaded);
      expect(loaded.layers[1].constructor).toBe(model.layers[1].constructor);
      const [lossAgain, loss] = [loaded, model].map(
        each => (each.evaluate(x, labelsOf(x)) as tf.Scalar[])[0],
      );
      expect(lossAgain.dataSync()).toEqual(loss.dataSync());
      // Not bit by bit: TensorFlow's threads add up in an order of their own.
      expectClose(await train(loaded, x, 2), await train(model, x, 2), 1e-5);
      const after = valuesOf(model);
      valuesOf(loaded).forEach((values, i) => expectClose(values, after[i], 1e-5, 1));
    });

    if (expected != null)
      test.each(['itself', 'its model'])(
        'frozen with %s, runs as at inference and keeps its weights',
        async which => {
          const layer = make();
          const input = tf.input({shape: inputShape});
          const base = tf.model({inputs: input, outputs: layer.apply(input) as tf.SymbolicTensor});
          // Not tf.sequential: compiling it thaws the weights of all its layers.
          const flat = tf.layers.flatten().apply(base.apply(input));
          const head = tf.layers.dense({units: 1, activation: 'sigmoid'});
          const model = tf.model({inputs: input, outputs: head.apply(flat) as tf.SymbolicTensor});
          const x = normal(batch(8));
          const start = valuesOf(layer);
          const fit = () => {
            compile(model);
            return train(model, x, 1);
          };
          await fit();
          const learned = JSON.stringify(valuesOf(layer)) !== JSON.stringify(start);
          expect(learned).toBe(layer.trainableWeights.length > 0);
          (which === 'itself' ? layer : base).trainable = false;
          const before = valuesOf(layer);
          await fit();
          const run = (training: boolean) => (layer.apply(x, {training}) as tf.Tensor).dataSync();
          expect(run(true)).toEqual(run(false));
          expect(valuesOf(layer)).toEqual(before);
          layer.trainable = true;
          run(true);
          const moved = JSON.stringify(valuesOf(layer)) !== JSON.stringify(before);
          expect(moved).toBe(/moving|phi/.test(weights));
        },
      );

    test('passes masks on', () => {
      const mask = tf.ones([2, inputShape[0]], 'bool');
      expect(make().supportsMasking).toBe(true);
      expect(make().computeMask(normal(batch(2)), mask)).toBe(mask);
    });

    test('leaves only its result behind, in training too', async () => {
      const model = modelWith(make(), inputShape);
      const layer = model.layers[1];
      const x = normal(batch(4));
      const y = labelsOf(x);
      await model.trainOnBatch(x, y);
      const held = () => [tf.memory().numTensors, tf.memory().numDataBuffers];
      const before = held();
      for (let step = 0; step < 3; step++) await model.trainOnBatch(x, y);
      expect(held()).toEqual(before);
      for (const training of [false, true]) {
        expectNoLeak(() => tf.dispose(layer.apply(x, {training}) as tf.Tensor));
      }
      const weights = model.weights.length;
      model.dispose();
      expect(tf.memory().numTensors).toBe(before[0] - weights);
    });
  },
);
