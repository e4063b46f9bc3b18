/** What other frameworks compute: ops, layers, operators, modules, and whole models. */
import {
  type Comparison,
  golden,
  gradientsOf,
  type LayerCase,
  type OpCase,
  secondOrderOf,
  stepsOf,
  valuesOf,
} from '../golden/cases.js';
import {layerOf} from '../golden/layer_cases.js';
import {type ModelCase, MODELS, outputsOf} from '../golden/model_cases.js';
import {type ModuleCase, MODULES, moduleStepOf} from '../golden/module_cases.js';
import {ONNX_CASES, type OnnxCase, onnxValuesOf} from '../golden/onnx_cases.js';
import {assert, assertClose, assertSame, rms} from '../close.js';
import {type Case, tidyCase} from './case.js';

// Tolerances are relative to the rms of the expected array. The first three are what we promise
// against the truth; Keras and ONNX round too, in an order of their own.
const VALUE = 2e-6;
const GRADIENT = 1e-5;
const SECOND_ORDER = 1e-5;
const KERAS = 5e-6;
// Its own error where a group has three elements.
const KERAS_GRADIENT = 3e-5;
const ONNX = 5e-6;
// Float32 on both sides; JAX's sums are those of E[x²] - E[x]².
const MODULE = 5e-6;
// A dozen layers in float32, rounded in another order on each side.
const MODEL = 2e-5;

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

export const moduleCases: Case[] = MODULES.map(c => tidyCase(c.name, () => isModule(c)));

export const modelCases: Case[] = MODELS.map(c =>
  tidyCase(`${c.name} computes the same`, () => isModel(c)),
);

/** Relative to 1 where it is zero throughout: what terms leave that cancel, of which each is about 1. */
async function assertAllClose(comparisons: Comparison[], tolerance: number) {
  assert(comparisons.length > 0, () => 'There is nothing to compare.');
  for (const {name, actual, expected} of comparisons) {
    assertClose(name, await actual.data(), expected, tolerance, rms(expected) || 1);
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

async function isModule(c: ModuleCase) {
  const {values, statistics} = moduleStepOf(c);
  await assertAllClose([...values, ...statistics], MODULE);
}

async function isModel(c: ModelCase) {
  const outputs = await outputsOf(c);
  for (const {name, actual, shape} of outputs) assertSame(`shape of ${name}`, actual.shape, shape);
  await assertAllClose(outputs, MODEL);
}
