/** Training steps of single layers, as Keras, TF Addons and PyTorch compute them. */
import {
  type LayerCase,
  layerGolden,
  layerOf,
  type NormalizationCase,
  type ResponseCase,
  weightOf,
} from '../golden/layer_cases.js';
import {adapted, responsesOf, trainedSteps} from '../golden/layer_comparisons.js';
import {assert, assertClose, assertSame} from '../close.js';
import {type Case, tidyCase} from './case.js';

// Keras rounds too, in an order of its own, and each step builds on the rounding of the last.
const KERAS = 1e-5;
// Against float64.
const VALUE = 2e-6;
const GRADIENT = 1e-5;

export const layerGoldenCases: Case[] = [
  ...layerGolden.layers.map(c => tidyCase(`${c.name}: trains alike`, () => trainsAlike(c))),
  ...layerGolden.normalization.map(c =>
    tidyCase(`${c.name}: adapts and normalizes alike`, () => adaptsAlike(c)),
  ),
  ...layerGolden.responses.map(c =>
    tidyCase(`local response norm of ${c.name}`, () => respondsAlike(c)),
  ),
];

async function trainsAlike(c: LayerCase) {
  const {values, gradients, weights} = trainedSteps(c, await layerOf(c));
  for (const {name, actual, expected} of values) {
    assertClose(name, await actual.data(), expected, KERAS);
  }
  for (const {name, actual, expected} of gradients) {
    // Where a gradient is all cancellation, both are noise of the size of dy's rounding.
    const scale = 1 + Math.max(...expected.map(Math.abs));
    assertClose(name, await actual.data(), expected, KERAS, scale);
  }
  for (const {name, actual, expected} of weights) {
    assertClose(name, await actual.data(), expected, KERAS, 1);
  }
}

async function adaptsAlike(c: NormalizationCase) {
  const {layer, values, statistics} = await adapted(c);
  const names = layer.weights.map(({originalName}) => originalName.split('/').pop()).join();
  assert(names === c.weights.map(({name}) => name).join(), () => `Its weights are ${names}.`);
  for (const {name, shape} of c.weights) {
    assertSame(`shape of ${name}`, weightOf(layer, name).shape as number[], shape);
  }
  for (const {name, actual, expected} of [...values, ...statistics]) {
    assertClose(name, await actual.data(), expected, KERAS);
  }
}

async function respondsAlike(c: ResponseCase) {
  const {y, dx, ddx} = responsesOf(c);
  assertClose('y', await y.actual.data(), y.expected, VALUE);
  assertClose('dx', await dx.actual.data(), dx.expected, GRADIENT);
  assertClose('ddx', await ddx.actual.data(), ddx.expected, GRADIENT);
}
