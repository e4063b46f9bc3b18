/** Training steps of single layers, as Keras and TF Addons compute them. */
import type {layers} from '@tensorflow/tfjs-layers';
import {assertClose, assertSame} from '../close.js';
import {
  type LayerCase,
  layerGolden,
  layerOf,
  type NormalizationCase,
  weightOf,
} from '../golden/layer_cases.js';
import {adapted, trainedSteps} from '../golden/layer_comparisons.js';
import {type Case, tidyCase} from './case.js';

// Keras rounds too, in an order of its own, and each step builds on the rounding of the last.
const KERAS = 5e-6;

export const layerGoldenCases: Case[] = [
  ...layerGolden.layers.map(c => tidyCase(`${c.name}: trains alike`, () => trainsAlike(c))),
  ...layerGolden.normalization.map(c =>
    tidyCase(`${c.name}: adapts and normalizes alike`, () => adaptsAlike(c)),
  ),
];

async function trainsAlike(c: LayerCase) {
  const layer = await layerOf(c);
  // There it is the last one.
  if (!c.name.startsWith('Keras 2 SpectralNormalization')) assertOrdered(c, layer);
  const {values, gradients, weights} = trainedSteps(c, layer);
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
  assertOrdered(c, layer);
  for (const {name, shape} of c.weights) {
    assertSame(`shape of ${name}`, weightOf(layer, name).shape as number[], shape);
  }
  for (const {name, actual, expected} of [...values, ...statistics]) {
    assertClose(name, await actual.data(), expected, KERAS);
  }
}

/** The weights have the names and the order that they have in Keras. */
function assertOrdered({weights}: Pick<LayerCase, 'weights'>, layer: layers.Layer) {
  const order = weights.map(({name}) => layer.weights.indexOf(weightOf(layer, name)));
  assertSame('order of the weights', order, [...layer.weights.keys()]);
}
