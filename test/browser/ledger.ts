/**
 * The launches of norms and layers on a GPU, tfjs's own and ours: a launch more, or another program, is a
 * regression. docs/webgl.md and docs/webgpu.md say the numbers.
 */
import * as tf from '@tensorflow/tfjs';
import * as tfn from '../../src/index.js';
import {normalized} from '../../src/ops/normalized.js';
import {MOMENTS} from '../../src/statistic.js';
import {assert, assertSame, type Case, tidyCase, withGradients} from '../cases/case.js';
import {random} from '../random.js';
import {launches} from './launches.js';

type Norm = (x: tf.Tensor, gamma: tf.Tensor, beta: tf.Tensor, ...moving: tf.Tensor[]) => tf.Tensor;

/** y, whose gradient is that of the sum too; without a launch. */
const usingBoth = ({y, sum}: Record<'y' | 'sum', tf.Tensor>): tf.Tensor =>
  withGradients([y, sum], dy => [dy]);

export const NORMS = {
  'layer norm': (x, gamma, beta) => tfn.layerNorm(x, {gamma, beta}),
  'batch norm': (x, gamma, beta) => tfn.batchNorm(x, {gamma, beta}).y,
  addLayerNorm: (x, gamma, beta) => usingBoth(tfn.addLayerNorm(x, x, {gamma, beta})),
  'the same in two ops': (x, gamma, beta) => {
    const sum = tf.add(x, x);
    return usingBoth({y: tfn.layerNorm(sum, {gamma, beta}), sum});
  },
  'addLayerNorm with a gate': (x, gamma, beta, gate) =>
    tfn.addLayerNorm(x, x, {gamma, beta, gate}).y,
  DyT: (x, gamma, beta, alpha) => tfn.dynamicTanh(x, {gamma, beta, alpha}),
  Derf: (x, gamma, beta, alpha, shift) => tfn.dynamicErf(x, {gamma, beta, alpha, shift}),
  'instance norm': (x, gamma, beta) => tfn.instanceNorm(x, {gamma, beta}),
  'batch norm at inference': (x, gamma, beta, mean, variance) =>
    tfn.batchNormInference(x, mean, tf.square(variance), {gamma, beta}),
  'group norm': (x, gamma, beta) => tfn.groupNorm(x, {gamma, beta, groups: 4}),
  // A layer of batch norm in training.
  'batch norm with moving averages': (x, gamma, beta, mean, spread) =>
    normalized(
      x,
      {
        ...{statistic: MOMENTS, epsilon: 1e-3, momentsShape: mean.shape},
        ...{reduced: [...x.shape.keys()].slice(0, -1), features: [x.rank - 1]},
        moving: {mean, spread, momentum: 0.99},
      },
      {gamma, beta},
    ).y,
} satisfies Record<string, Norm>;

/** The shapes of what follows gamma and beta, where these are not the features'. */
const OTHERS: Partial<Record<string, number[]>> = {DyT: [1], Derf: [1]};

const {batchNormalization, layerNormalization} = tf.layers;
const LAYERS = {
  "tfjs's layer norm": () => layerNormalization({}),
  "tfjs's batch norm": () => batchNormalization({}),
  'our layer of batch norm': () => tfn.layers.batchNormalization(),
} satisfies Record<string, () => tf.layers.Layer>;

/** All launches by their names, or how many there are. */
type Expected = string[] | number;
export type Entry = {
  of: keyof typeof NORMS | keyof typeof LAYERS;
  shape: number[];
  /** A layer's is one of training. */
  forward?: Expected;
  /** Forward, and the gradients of x, gamma and beta. */
  step?: Expected;
  /** How many pipelines of ours a step has, on webgpu. */
  pipelines?: number;
};

/** A step's launches are 4 for each row and each feature, and some that do not depend on the shape. */
export const layerNormsOfTfjs = (forward: number, others: number): Entry[] =>
  [
    [2, 16, 40],
    [3, 12, 44],
  ].map(shape => {
    const step = 4 * (shape[0] * shape[1] + shape[2]) + others;
    return {of: "tfjs's layer norm", shape, forward, step};
  });

const tensor = (shape: number[], seed: number) =>
  tf.tensor(random(tf.util.sizeFromShape(shape), seed, 1, 2), shape);

async function check({of, shape, forward, step, pipelines}: Entry) {
  const features = shape.slice(-1);
  const [x, dy] = [1, 2].map(seed => tensor(shape, seed));
  const layer = of in LAYERS ? LAYERS[of as keyof typeof LAYERS]() : null;
  layer?.build(shape);
  const weights = layer?.weights.map(weight => weight.read());
  const others = OTHERS[of] ?? features;
  const shapes = [features, features, others, others];
  const params = weights ?? shapes.map((size, i) => tensor(size, i + 3));
  const [gamma, beta, ...moving] = params;
  const f = () =>
    (layer?.apply(x, {training: true}) as tf.Tensor | undefined) ??
    NORMS[of as keyof typeof NORMS](x, gamma, beta, moving[0], moving[1]);
  const gradients = () => tf.engine().gradients(f, [x, gamma, beta], dy);
  // Uploads all of these. Numbers in tf ops are still uploaded each time.
  if (layer == null) await Promise.all([x, ...params].map(t => tf.neg(t).data()));
  await tf.tidy(f).data();
  await tf.neg(dy).data();

  const found = [f, gradients].map(pass => launches(() => void pass()));
  layer?.weights.forEach(weight => weight.dispose());
  for (const [i, expected] of [forward, step].entries()) {
    if (expected == null) continue;
    const {names} = found[i];
    const isSame =
      typeof expected === 'number' ? names.length === expected : names.join() === expected.join();
    const came = `${names.length} launches: ${names.slice(0, 20).join(', ')}`;
    assert(isSame, () => `${i === 0 ? 'forward' : 'step'}: ${came}`);
  }
  if (pipelines != null) assertSame('pipelines', [found[1].pipelines.size], [pipelines]);
}

export const ledgerCases = (entries: Entry[]): Case[] =>
  entries.map(entry =>
    tidyCase(`launches of ${entry.of}, [${entry.shape.join(', ')}]`, () => check(entry)),
  );

/** Parameters along axes of their own, as in adaptive norms: a norm, the shape of x, those of gamma, beta and what follows. */
const VARYING: Array<[of: keyof typeof NORMS, x: string, ...params: string[]]> = [
  ['layer norm', '4x6x10x64', '4x1x1x64', '1x6x1x1'],
  ['layer norm', '4x150x768', '768', '4x1x768'],
  ['addLayerNorm with a gate', '4x6x64', '4x1x64', '4x1x64', '4x1x64'],
  ['addLayerNorm with a gate', '4x6x64', '64', '4x1x64', '4x1x1'],
  ['group norm', '4x8x8x16', '4x1x1x16', '1x8x8x1'],
  ['instance norm', '4x8x8x16', '1x8x8x16', '4x1x1x16'],
  ['batch norm', '4x14x14x64', '4x1x1x64', '64'],
  ['batch norm at inference', '4x8x8x16', '4x1x1x16', '1x8x8x1'],
];

/** They launch no more than parameters of the features do. */
export const varyingCases: Case[] = VARYING.map(([of, ...sizes]) =>
  tidyCase(`launches of ${of} of ${sizes.join(', ')}`, async () => {
    const [shape, ...params] = sizes.map(size => size.split('x').map(Number));
    const features = shape.slice(-1);
    const passesWith = async (params: number[][]) => {
      const inputs = [shape, ...[0, 1, 2, 3].map(i => params[i] ?? features)].map(tensor);
      // Uploads all of these.
      await Promise.all(inputs.map(t => tf.neg(t).data()));
      const [x, gamma, beta, ...others] = inputs;
      const f = () => NORMS[of](x, gamma, beta, others[0], others[1]);
      const step = () => tf.engine().gradients(f, [x, gamma, beta], x);
      // Where each group has one parameter, the gradient of x shares the sums of dgamma and dbeta.
      const passes = of.startsWith('batch norm') ? [f] : [f, step];
      return passes.map(pass => launches(() => void pass()).names);
    };
    const plain = await passesWith([]);
    for (const [i, names] of (await passesWith(params)).entries()) {
      const came = `${names.join(', ')}, not ${plain[i].join(', ')}`;
      assert(names.length <= plain[i].length, () => `${['forward', 'step'][i]}: ${came}`);
    }
  }),
);

/** For maps with an odd number of rows: tfjs's own batch norm is one launch, and stays so. */
export const acceleratedInferenceCase: Case = tidyCase(
  'launches of an accelerated inference',
  async () => {
    const layer = batchNormalization({});
    const x = tf.neg(tensor([4, 7, 7, 8], 1));
    const infer = () => layer.apply(x) as tf.Tensor;
    const undo = tfn.accelerate();
    try {
      // Uploads the weights.
      await tf.tidy(infer).data();
      assertSame('launches', [launches(() => void infer()).names.length], [1]);
    } finally {
      undo();
      layer.weights.forEach(weight => weight.dispose());
    }
  },
);

/** Programs are made for roles, not for shapes: `programs` gives those of ours that are compiled. */
export const compileCase = (programs: () => string[]): Case =>
  tidyCase('batches of other sizes compile what one does', async () => {
    const step = async (batch: number) => {
      for (const [of, norm] of Object.entries(NORMS)) {
        const [x, dy] = [1, 2].map(seed => tensor([batch, 5, 64], seed));
        const [gamma, beta] = [3, 4].map(seed => tensor([64], seed));
        const moving = [5, 6].map(seed => tensor(OTHERS[of] ?? [64], seed));
        const f = (...[x, gamma, beta]: tf.Tensor[]) => norm(x, gamma, beta, moving[0], moving[1]);
        await Promise.all(
          tf
            .grads(f)([x, gamma, beta], dy)
            .map(t => t.data()),
        );
      }
    };
    await step(17);
    const before = programs().length;
    // Even and odd, more than a power of two, and of several factors: tfjs compiles for each size.
    for (const batch of [18, 33, 36]) await step(batch);
    assertSame('programs', [programs().length], [before]);
  });
