/** The results of ops on averages over the groups. */
import {type Interpret, squared} from './elementwise.js';
import type {Step} from './expression.js';
import {Refused} from './refusal.js';
import {batchNormRoot} from './root.js';
import {sqrt} from './roots.js';
import {isSameShape, reduced} from './shapes.js';
import {constantTerm, factorTerm, minus, plus, power, type Terms, times} from './terms.js';
import type {Known, Value} from './value.js';

export const reduction =
  (isMean: boolean): Interpret =>
  (known, step) =>
    reduce(known, known.value(step.inputs[0]), step, isMean);

function reduce(known: Known, value: Value, {inputs, attrs}: Step, isMean: boolean): Value {
  const isWhole = value.space === 'x' || value.space === 'constant';
  if (!isWhole || value.kind !== 'terms' || !isSameShape(value.shape, known.shape)) {
    throw new Refused('what it averages is no power of its input', true);
  }
  known.reduce(known.numbers(inputs[1]));
  const {axes} = known;
  const mean = value.terms.map(expectation);
  const terms = isMean ? mean : times(constantTerm(known.groupSize), mean);
  const shape = value.shape && axes && reduced(value.shape, axes, attrs.keepdims ?? false);
  return {
    kind: 'terms',
    terms: plus(terms),
    shape,
    space: value.space === 'x' ? 'group' : 'constant',
  };
}

/** The mean of a term over a group: the mean itself and what else the group shares stays. */
function expectation(term: Terms[number]): Terms[number] {
  const {coefficient, factors} = term;
  const power2 = power(term, 'x');
  if (power2 > 2 || !factors.every(factor => ['x', 'm', 'q'].includes(factor))) {
    throw new Refused('what it averages is no power of its input', true);
  }
  const shared = factors.filter(factor => factor !== 'x');
  const own = [[], ['m'], ['q']][power2];
  return {coefficient, factors: [...own, ...shared].sort()};
}

export const euclideanNorm: Interpret = (known, step) =>
  sqrt(known, reduce(known, squared(known, known.value(step.inputs[0])), step, false));

export const batchNorm: Interpret = (known, {inputs, attrs}) => {
  const [x, scale, offset] = inputs.map(input => known.value(input));
  const [term] = x.terms;
  if (x.terms.length !== 1 || term.factors.join() !== 'x' || term.coefficient !== 1) {
    throw new Refused('its input is not that of the norm around it', true);
  }
  const {shape} = known;
  const isLast = !attrs.format!.startsWith('nc');
  const channels = (sizes: readonly number[]) => (isLast ? sizes.length - 1 : 1);
  if (shape != null) {
    known.reduce(shape.map((_, axis) => axis).filter(axis => axis !== channels(shape)));
  }
  const r = factorTerm(batchNormRoot(known, attrs.epsilon!));
  const along = ({space, shape: given, terms}: Value) => {
    const size = shape?.[channels(shape)];
    const fits = space === 'constant' ? given == null || given.length < 2 : given?.length === 1;
    if (size != null && !(fits && [size, 1].includes(given?.[0] ?? 1))) {
      throw new Refused('its scale or offset has not one value for each channel');
    }
    if (isLast) return terms;
    return terms.map(term => ({...term, factors: term.factors.map(toChannels)}));
  };
  const normalized = minus(times(x.terms, r), times(factorTerm('m'), r));
  return {
    ...{kind: 'terms', space: 'x', shape},
    terms: plus(times(normalized, along(scale)), along(offset)),
  };
};

const toChannels = (factor: string): string => factor.replace(/^p/, 'c');
