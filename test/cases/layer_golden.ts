/** Training steps of single layers, as Keras, TF Addons and PyTorch compute them. */
import * as tf from '@tensorflow/tfjs-core';
import type {layers} from '@tensorflow/tfjs-layers';
import * as tfn from '../../src/index.js';
import {
  inputOf,
  type LayerCase,
  layerGolden,
  layerOf,
  listOf,
  type NormalizationCase,
  type ResponseCase,
  stepOf,
  weightOf,
} from '../golden/layer_cases.js';
import {assert, assertClose, assertCloseAt, assertSame, type Case, tidyCase} from './case.js';

// Keras rounds too, in an order of its own, and each step builds on the rounding of the last.
const KERAS = 1e-5;
// Against float64.
const VALUE = 2e-6;
const GRADIENT = 1e-5;

/** What tfjs needs for the gradients of its layers and has on all backends but wasm. */
const GRADIENT_KERNELS: Array<[layer: RegExp, kernel: string]> = [
  [/"Conv[12]D/, 'Conv2DBackpropFilter'],
  [/"DepthwiseConv2D/, 'DepthwiseConv2dNativeBackpropFilter'],
  [/"Embedding/, 'UnsortedSegmentSum'],
];

export const layerGoldenCases: Case[] = [
  ...layerGolden.layers.map(c =>
    tidyCase(`${c.name}: trains alike`, () => (canTrain(c) ? trainsAlike(c) : computesAlike(c))),
  ),
  ...layerGolden.normalization.map(c =>
    tidyCase(`${c.name}: adapts and normalizes alike`, () => adaptsAlike(c)),
  ),
  ...layerGolden.responses.map(c =>
    tidyCase(`local response norm of ${c.name}`, () => respondsAlike(c)),
  ),
];

function canTrain({config}: LayerCase): boolean {
  const inner = JSON.stringify(config['layer'] ?? '');
  const missing = GRADIENT_KERNELS.filter(
    ([layer, kernel]) => layer.test(inner) && tf.getKernel(kernel, tf.getBackend()) == null,
  );
  assert(missing.length === 0 || tf.getBackend() === 'wasm', () => `There is no ${missing[0][1]}.`);
  return missing.length === 0;
}

async function built(c: LayerCase): Promise<layers.Layer> {
  const layer = await layerOf(c.className, c.config, c.shape, c.integers ? 'int32' : 'float32');
  assertSame('number of weights', [layer.weights.length], [c.weights.length]);
  for (const {name, shape, values} of c.weights) {
    const weight = weightOf(layer, name);
    assertSame(`shape of ${name}`, weight.shape as number[], shape);
    const {dtype} = weight.read();
    // Not cast on the GPU: what weight normalization asks itself is a flag of the CPU.
    weight.write(tf.tensor(listOf(values), shape, dtype));
  }
  return layer;
}

async function computesAlike(c: LayerCase) {
  const layer = await built(c);
  const [step] = c.steps;
  const y = layer.apply(inputOf(c, step), {training: step.training}) as tf.Tensor;
  assertClose('y', await y.data(), step.y, KERAS);
  layer.dispose();
}

async function trainsAlike(c: LayerCase) {
  const layer = await built(c);
  for (const step of c.steps) {
    const {y, dx, variables, dweights} = stepOf(layer, c, step);
    assertClose('y', await y.data(), step.y, KERAS);
    if (dx != null) assertGradient('dx', await dx.data(), step.dx!);
    const isLearning = step.training || !c.steps.some(({training}) => training);
    for (const [i, [name, expected]] of Object.entries(step.dweights).entries()) {
      assertGradient(`d${name}`, await dweights[i].data(), expected);
      if (isLearning) variables[i].assign(tf.sub(variables[i], tf.mul(0.1, dweights[i])));
    }
  }
  for (const [i, {name}] of c.weights.entries()) {
    assertCloseAt(1, name, await weightOf(layer, name).read().data(), listOf(c.after[i]), KERAS);
  }
  layer.dispose();
}

/** Where a gradient is all cancellation, both are noise of the size of dy's rounding. */
const assertGradient = (what: string, actual: ArrayLike<number>, expected: number[]) =>
  assertCloseAt(1 + Math.max(...expected.map(Math.abs)), what, actual, expected, KERAS);

async function adaptsAlike(c: NormalizationCase) {
  const layer = (await layerOf('Normalization', c.config, c.shape)) as tfn.Normalization;
  if (c.batches.length > 0) {
    await layer.adapt(c.batches.map(({values, shape}) => tf.tensor(values, shape)));
  }
  const names = layer.weights.map(({originalName}) => originalName.split('/').pop()).join();
  assert(names === c.weights.map(({name}) => name).join(), () => `Its weights are ${names}.`);
  for (const {name, shape, values} of c.weights) {
    const weight = weightOf(layer, name);
    assertSame(`shape of ${name}`, weight.shape as number[], shape);
    // Keras 3 has the count for the sake of older files only.
    if (name !== 'count') assertClose(name, await weight.read().data(), listOf(values), KERAS);
  }
  const y = layer.apply(tf.tensor(c.x, c.shape)) as tf.Tensor;
  assertClose('y', await y.data(), c.y, KERAS);
  layer.dispose();
}

async function respondsAlike({config, shape, ...c}: ResponseCase) {
  const x = tf.tensor(c.x, shape);
  const op = (x: tf.Tensor) => tfn.localResponseNorm(x, config);
  const dx = (x: tf.Tensor) => tf.grad(op)(x, tf.tensor(c.dy, shape));
  assertClose('y', await op(x).data(), c.y, VALUE);
  assertClose('dx', await dx(x).data(), c.dx, GRADIENT);
  assertClose('ddx', await tf.grad(dx)(x, tf.tensor(c.v, shape)).data(), c.ddx, GRADIENT);
}
