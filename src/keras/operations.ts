/** Operators such as `a + b` and `x / 255`, which Keras writes among the layers. */
import {check} from '../check.js';
import {isObject, type Json, type JsonObject, type LayerJson, nameOf} from './json.js';
import {argumentsOf, ranksIn, type TensorJson, tensorsIn} from './tensors.js';

/** The operation of two tensors: tfjs has a layer of this name. */
const MERGED = ['Add', 'Maximum', 'Minimum', 'Multiply'];

/** A number, or an array of numbers that broadcasts. */
type Constant = number | Constant[];
type Linear = {scale: Constant; offset: Constant};

/** The operation of a tensor and a constant behind or before it. */
const BEHIND: Record<string, (c: Constant) => Linear> = {
  Add: offset => ({scale: 1, offset}),
  Multiply: scale => ({scale, offset: 0}),
  Subtract: c => ({scale: 1, offset: each(c, value => -value)}),
  TrueDivide: c => ({scale: each(c, value => 1 / value), offset: 0}),
};
const BEFORE: Record<string, (c: Constant) => Linear> = {
  Add: BEHIND['Add'],
  Multiply: BEHIND['Multiply'],
  Subtract: offset => ({scale: -1, offset}),
};

const KNOWN = [...new Set([...MERGED, ...Object.keys(BEHIND), 'Negative'])].sort();

const each = (c: Constant, f: (value: number) => number): Constant =>
  typeof c === 'number' ? f(c) : c.map(inner => each(inner, f));

/** Keras 2's names of the same, behind such as `math.`. */
const FUNCTIONS: Record<string, string> = {
  add: 'Add',
  divide: 'TrueDivide',
  maximum: 'Maximum',
  minimum: 'Minimum',
  multiply: 'Multiply',
  negative: 'Negative',
  subtract: 'Subtract',
  truediv: 'TrueDivide',
};

/** Whether this is an operator, not a layer. Files of .h5 do not say so; there, its arguments do. */
export const isOperation = ({module, class_name, inbound_nodes = []}: LayerJson): boolean =>
  module?.startsWith('keras.src.ops') === true ||
  /^(Subtract|TFOpLambda)$/.test(class_name) ||
  (KNOWN.includes(class_name) &&
    inbound_nodes.some(node => {
      const {args} = argumentsOf(node);
      return args.length > 1 || /^(Negative|TrueDivide)$/.test(class_name);
    }));

/** The layers that compute the same. The last one has the operator's name. */
export function layersOfOperation(layer: LayerJson): LayerJson[] {
  const name = nameOf(layer);
  const op = `fromKeras: layer ${name}`;
  const [operation, operands] = operandsOf(layer);
  check(
    KNOWN.includes(operation),
    op,
    () => `operations must be ${KNOWN.join(', ')}, but this is ${operation}.`,
  );
  const checkOperands: (condition: boolean) => asserts condition = condition => {
    check(
      condition,
      op,
      () => `${operation} must join two tensors, or scale by a constant or add one, but does not.`,
    );
  };
  const tensors = tensorsIn(operands);
  if (operation === 'Negative') return [rescaling(name, tensors[0], {scale: -1, offset: 0})];
  if (tensors.length === 1) {
    const isBehind = tensorsIn(operands[0]).length > 0;
    const constant = constantIn(operands[isBehind ? 1 : 0]);
    const linear = (isBehind ? BEHIND : BEFORE)[operation];
    if (operation === 'TrueDivide' && !isBehind && constant != null) {
      return [called('Quotient', {name, numerator: constant}, tensors)];
    }
    checkOperands(constant != null && linear != null);
    return [rescaling(name, tensors[0], linear(constant))];
  }
  const ranks = ranksIn(operands);
  check(
    ranks.every(rank => rank === ranks[0]),
    op,
    () => `${operation} must be of tensors of one rank, but is of ${JSON.stringify(ranks)}.`,
  );
  const [a, b] = tensors;
  if (operation !== 'Subtract') {
    const class_name = operation === 'TrueDivide' ? 'Quotient' : operation;
    if (a.join() !== b.join()) return [called(class_name, {name}, tensors)];
    // tfjs disposes of a tensor too early that a layer takes twice.
    const copy = rescaling(`${name}_copy`, b, {scale: 1, offset: 0});
    return [copy, called(class_name, {name}, [a, [nameOf(copy), 0, 0]])];
  }
  const negative = rescaling(`${name}_negative`, b, {scale: -1, offset: 0});
  return [negative, called('Add', {name}, [a, [nameOf(negative), 0, 0]])];
}

/** The operator's name, and what it is applied to. */
function operandsOf({class_name, config, inbound_nodes: [node] = []}: LayerJson): [string, Json[]] {
  if (class_name !== 'TFOpLambda') {
    const {args} = argumentsOf(node);
    const operation = class_name === 'Divide' ? 'TrueDivide' : class_name;
    // A layer, such as Keras's Subtract, has its operands in a list.
    return [operation, args.length === 1 && Array.isArray(args[0]) ? args[0] : args];
  }
  const called = config['function'] as string;
  const [layer, call, last, {y = null}] = node as [string, number, Json, JsonObject];
  // A constant stands where the output's number does.
  const x = layer === '_CONSTANT_VALUE' ? last : [layer, call, last];
  return [FUNCTIONS[called.replace(/^.*\./, '')] ?? called, [x, y]];
}

const rescaling = (name: string, x: TensorJson, linear: Linear): LayerJson =>
  called('Rescaling', {name, ...linear}, [x]);

const called = (class_name: string, config: JsonObject, inputs: TensorJson[]): LayerJson => ({
  module: 'keras.src.ops',
  class_name,
  config,
  name: config['name'] as string,
  inbound_nodes: [inputs.map((tensor): Json => [...tensor, {}])],
});

/** A number, or the array that Keras writes for one of NumPy or of a backend. */
function constantIn(json: Json): Constant | null {
  const value = isObject(json) ? (json['config'] as JsonObject | undefined)?.['value'] : json;
  const isConstant = (value: Json | undefined): value is Constant =>
    Array.isArray(value) ? value.every(isConstant) : typeof value === 'number';
  return isConstant(value) ? value : null;
}
