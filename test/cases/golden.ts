/** What other frameworks compute: ops, operators, modules, and whole models. */
import {type ModelCase, MODELS, outputsOf} from '../golden/model_cases.js';
import {type ModuleCase, MODULES, moduleStepOf} from '../golden/module_cases.js';
import {ONNX_CASES, type OnnxCase, onnxValuesOf} from '../golden/onnx_cases.js';
import {
  type Comparison,
  gradientsOf,
  OP_CASES,
  type OpCase,
  secondOrderOf,
  valuesOf,
} from '../golden/op_cases.js';
import {assert, assertClose, assertSame, rms} from '../close.js';
import {type Case, tidyCase} from './case.js';

// Tolerances are relative to the rms of the expected array. The first three are what we promise
// against the truth; ONNX rounds too, in an order of its own.
const VALUE = 2e-6;
const GRADIENT = 1e-5;
const SECOND_ORDER = 1e-5;
const ONNX = 5e-6;
// Float32 on both sides; JAX's sums are those of E[x²] - E[x]².
const MODULE = 5e-6;
// A dozen layers in float32, rounded in another order on each side.
const MODEL = 2e-5;

const asPromised = (name: string, compare: () => Comparison[], tolerance: number) =>
  tidyCase(name, () => assertAllClose(compare(), tolerance));

export const goldenCases: Case[] = [
  ...OP_CASES.map(c =>
    tidyCase(`${c.name} has the value that PyTorch computes in float64`, () => hasValues(c)),
  ),
  ...OP_CASES.filter(c => 'dx' in c.out).map(c =>
    asPromised(`${c.name} has the gradients of PyTorch`, () => gradientsOf(c), GRADIENT),
  ),
  ...OP_CASES.filter(c => 'ddx' in c.out).map(c =>
    asPromised(
      `${c.name} has the second-order gradients of PyTorch`,
      () => secondOrderOf(c),
      SECOND_ORDER,
    ),
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
