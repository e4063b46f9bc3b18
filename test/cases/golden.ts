/** The values of other frameworks: of ops, operators, layers, modules, and whole models. */
import type {Comparison, Subject} from '../golden/comparison.js';
import {blockSubjects} from '../golden/block_cases.js';
import {layerSubjects} from '../golden/layer_cases.js';
import {modelSubjects} from '../golden/model_cases.js';
import {moduleSubjects} from '../golden/module_cases.js';
import {onnxSubjects} from '../golden/onnx_cases.js';
import {opSubjects} from '../golden/op_cases.js';
import {assert, assertClose, assertSame, rms} from '../close.js';
import {type Case, tidyCase} from './case.js';

export const SUBJECTS: Subject[] = [
  ...opSubjects,
  ...layerSubjects,
  ...onnxSubjects,
  ...moduleSubjects,
  ...modelSubjects,
  ...blockSubjects,
];

export const goldenCases = (subjects = SUBJECTS): Case[] =>
  subjects.map(subject => {
    const {framework, name, isSecondOrder} = subject;
    const order = isSecondOrder ? ', in the second order' : '';
    return tidyCase(`${framework}: ${name}${order}`, () => isAsThere(subject));
  });

async function isAsThere({name, compare, tolerance, ...gradients}: Subject) {
  const {forward, gradient, weights, saved, statistics, ...compared} = await compare();
  const {gradientTolerance = tolerance, gradientScale} = gradients;
  // Relative to 1 where it is zero throughout: what terms leave that cancel, of which each is about 1.
  const areClose = async (
    comparisons: Comparison[] = [],
    tolerance: number,
    scaleOf = (expected: number[]) => rms(expected) || 1,
  ) => {
    for (const {name, actual, expected, shape} of comparisons) {
      if (shape != null) assertSame(`shape of ${name}`, actual.shape, shape);
      assertClose(name, await actual.data(), expected, tolerance, scaleOf(expected));
    }
  };
  const second = compared['second order'];
  assert((forward ?? second)?.length !== 0, () => 'There is nothing to compare.');
  await areClose([...(forward ?? []), ...(statistics ?? [])], tolerance);
  await areClose(gradient, gradientTolerance, gradientScale);
  await areClose(second, gradientTolerance);
  await areClose(weights, tolerance, () => 1);
  // There its vector_u is the last one.
  const isOrdered = saved?.weights !== false || name.startsWith('Keras 2 SpectralNormalization');
  assert(isOrdered, () => 'The weights have other names, shapes or places.');
}
