/** Ops against PyTorch, layers against Keras, operators against ONNX's own cases. */
import {
  type Comparison,
  golden,
  gradientsOf,
  type LayerCase,
  layerOf,
  type OpCase,
  secondOrderOf,
  stepsOf,
  valuesOf,
} from '../golden/cases.js';
import {ONNX_CASES, type OnnxCase, onnxValuesOf} from '../golden/onnx_cases.js';
import {assert, assertCloseAt, assertSame, type Case, rms, tidyCase} from './case.js';

// Tolerances are relative to the rms of the expected array. The first three are what we promise
// against the truth; Keras and ONNX round too, in an order of their own.
const VALUE = 2e-6;
const GRADIENT = 1e-5;
const SECOND_ORDER = 1e-5;
const KERAS = 5e-6;
// Its own error where a group has three elements.
const KERAS_GRADIENT = 3e-5;
const ONNX = 5e-6;

const asPromised = (name: string, compare: () => Comparison[], tolerance: number) =>
  tidyCase(name, () => assertAllClose(compare(), tolerance));

export const goldenCases: Case[] = [
  ...golden.ops.map(c =>
    tidyCase(`${c.name} has the value that PyTorch computes in float64`, () => hasValues(c)),
  ),
  ...golden.ops
    .filter(c => 'dx' in c.out)
    .map(c => asPromised(`${c.name} has the gradients of PyTorch`, () => gradientsOf(c), GRADIENT)),
  ...golden.ops
    .filter(c => 'ddx' in c.out)
    .map(c =>
      asPromised(
        `${c.name} has the second-order gradients of PyTorch`,
        () => secondOrderOf(c),
        SECOND_ORDER,
      ),
    ),
  ...golden.layers.map(c =>
    tidyCase(`${c.name}: its config and weights give its output`, () => isKeras(c)),
  ),
];

export const onnxCases: Case[] = ONNX_CASES.map(c => tidyCase(`ONNX: ${c.name}`, () => isOnnx(c)));

async function assertAllClose(comparisons: Comparison[], tolerance: number) {
  assert(comparisons.length > 0, () => 'There is nothing to compare.');
  for (const {name, actual, expected} of comparisons) {
    // Zero throughout is what terms leave that cancel, and of which each is about 1.
    assertCloseAt(rms(expected) || 1, name, await actual.data(), expected, tolerance);
  }
}

async function hasValues(c: OpCase) {
  const values = valuesOf(c);
  for (const {name, actual} of values) {
    assertSame(`shape of ${name}`, actual.shape, name === 'y' ? c.shape : c.paramShape);
  }
  await assertAllClose(values, VALUE);
}

async function isKeras(c: LayerCase) {
  const layer = await layerOf(c);
  const names = layer.weights.map(({originalName}) => originalName.split('/').pop());
  const expected = c.weights.map(({name}) => name.replace(':0', ''));
  assert(names.join() === expected.join(), () => `Its weights are ${names.join()}.`);
  const {values, gradients, weights} = stepsOf(c, layer);
  await assertAllClose(values, KERAS);
  await assertAllClose(gradients, KERAS_GRADIENT);
  if (weights.length > 0) await assertAllClose(weights, KERAS);
}

async function isOnnx(c: OnnxCase) {
  const found = onnxValuesOf(c);
  const [first] = Object.keys(c.outputs);
  assert(found[0].name === first, () => `Its first output is ${found[0].name}, not ${first}.`);
  for (const {name, actual} of found) {
    assertSame(`shape of ${name}`, actual.shape, c.outputs[name].shape);
  }
  await assertAllClose(found, ONNX);
}
