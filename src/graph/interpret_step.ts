/** The result of each op on its inputs, as a sum of terms. */
import {batchNorm, euclideanNorm, reduction} from './averages.js';
import {add, combined, elementwise, type Interpret, on, squared} from './elementwise.js';
import type {Step} from './expression.js';
import {readNorm} from './norm.js';
import {Refused} from './refusal.js';
import {divide, maximum, minimum, multiply, pow, reciprocal, rsqrt, sqrt} from './roots.js';
import {isSameShape, reshaped} from './shapes.js';
import {constantTerm, minus, negative, times} from './terms.js';
import type {Known, Value} from './value.js';

export function interpretStep(known: Known, step: Step): Value {
  const interpret = OPS[step.op];
  if (interpret == null) throw new Refused(`it has the op ${step.op}`);
  return interpret(known, step);
}

/** Ops that change the shape alone. */
const reshape =
  (shapeOf: (known: Known, value: Value, step: Step) => Value['shape']): Interpret =>
  (known, step) => {
    const value = known.value(step.inputs[0]);
    const shape = shapeOf(known, value, step);
    if (value.space === 'group' || value.space === 'constant') return {...value, shape};
    if (value.space === 'outer') throw new Refused('it is reshaped twice', true);
    // Only a whole norm is the same one in another shape.
    readNorm(known, value);
    if (!isSameShape(value.shape, known.shape)) throw new Refused('it is widened', true);
    return {...value, shape, space: 'outer', outer: shape};
  };

/** A slice that cuts nothing out, and puts axes of size 1 in between. */
function withNewAxes(known: Known, {shape}: Value, {inputs, attrs}: Step): Value['shape'] {
  const [begin, , strides] = inputs.slice(1).map(input => known.numbers(input));
  if (shape == null || begin == null || strides == null) return null;
  const {begins, ends, ellipsis, news} = attrs.masks!;
  const has = (mask: number, at: number) => (mask & (1 << at)) !== 0;
  const result: number[] = [];
  let axis = 0;
  const count = begin.filter((_, at) => !has(news, at) && !has(ellipsis, at)).length;
  for (const at of begin.keys()) {
    if (has(ellipsis, at)) {
      while (
        shape.length - axis >
        count - begin.slice(0, at).filter((_, i) => !has(news, i)).length
      )
        result.push(shape[axis++]);
    } else if (has(news, at)) {
      result.push(1);
    } else if (has(begins, at) && has(ends, at) && strides[at] === 1 && axis < shape.length) {
      result.push(shape[axis++]);
    } else {
      throw new Refused('a part of it is cut out', true);
    }
  }
  return [...result, ...shape.slice(axis)];
}

const NUMBER = {kind: 'terms', space: 'constant'} as const;

const OPS: Readonly<Record<string, Interpret>> = {
  add,
  addv2: add,
  biasadd: (known, step) => {
    if (step.attrs.format !== 'nhwc')
      throw new Refused('its bias is not along the last axis', true);
    return add(known, step);
  },
  // As if by ones.
  broadcastto: (known, {inputs}) => {
    const shape = known.numbers(inputs[1]);
    const ones = {kind: 'terms', terms: constantTerm(1), space: 'x', shape} as const;
    return combined(known, known.value(inputs[0]), ones, times);
  },
  cast: on((_, a) => a),
  div: on((known, a, b) => divide(known, a, b)),
  divnonan: on((known, a, b) => divide(known, a, b, true)),
  euclideannorm: euclideanNorm,
  expanddims: reshape((known, {shape}, {inputs}) => {
    const at = known.numbers(inputs[1])?.[0];
    if (shape == null || at == null) return null;
    const result = [...shape];
    result.splice(at < 0 ? at + shape.length + 1 : at, 0, 1);
    return result;
  }),
  fill: on((_, a) => a),
  fusedbatchnorm: batchNorm,
  fusedbatchnormv2: batchNorm,
  fusedbatchnormv3: batchNorm,
  identity: on((_, a) => a),
  inv: on(reciprocal),
  maximum,
  mean: reduction(true),
  minimum,
  mul: on(multiply),
  neg: elementwise(negative),
  // For the shape: what it is of does not matter.
  oneslike: on((_, {shape}) => ({...NUMBER, terms: constantTerm(1), shape})),
  pow,
  realdiv: on((known, a, b) => divide(known, a, b)),
  reciprocal: on(reciprocal),
  reshape: reshape((known, {shape}, {inputs}) => reshaped(shape, known.numbers(inputs[1]))),
  rsqrt: on(rsqrt),
  sqrt: on(sqrt),
  square: on(squared),
  squareddifference: on((known, a, b) => squared(known, combined(known, a, b, minus))),
  squeeze: reshape((_, {shape}, {attrs}) => {
    if (shape == null) return null;
    const {axes = []} = attrs;
    const taken = axes.map(axis => (axis < 0 ? axis + shape.length : axis));
    return shape.filter((size, axis) => size !== 1 || (taken.length > 0 && !taken.includes(axis)));
  }),
  stopgradient: on((_, a) => a),
  stridedslice: reshape(withNewAxes),
  sub: elementwise(minus),
  sum: reduction(false),
  uniform: (_, {attrs}) => ({
    ...NUMBER,
    terms: constantTerm(attrs.value!),
    shape: attrs.shape!,
  }),
  zeroslike: on((_, {shape}) => ({...NUMBER, terms: [], shape})),
};
