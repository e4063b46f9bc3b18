/** The ops that a normalization may be written in. */
import {type AttrJson, integersOf, type NodeJson, textOf} from './topology.js';

/** The attributes of an op. All text is in lower case, since tfjs reads attributes so. */
export type StepAttrs = {
  readonly keepdims?: boolean;
  /** The axes that a Squeeze takes away; none for all of size 1. */
  readonly axes?: readonly number[];
  readonly format?: string;
  /** The masks of a StridedSlice: a bit for each of its numbers. */
  readonly masks?: {
    readonly begins: number;
    readonly ends: number;
    readonly ellipsis: number;
    readonly news: number;
  };
  readonly epsilon?: number;
  /** The number of a constant that is one number many times. */
  readonly value?: number;
  readonly shape?: readonly number[];
};

type Signature = {
  /** For each input, whether it is data, or numbers that say what is to be done: axes and shapes. */
  readonly inputs: ReadonlyArray<'data' | 'numbers'>;
  /** Where these are among the node's inputs, if not from the first on. */
  readonly from?: number;
  readonly attrs?: (attr: Readonly<Record<string, AttrJson>>) => StepAttrs;
};

const one: Signature = {inputs: ['data']};
const two: Signature = {inputs: ['data', 'data']};
const shaped: Signature = {inputs: ['data', 'numbers']};
const reduction: Signature = {
  ...shaped,
  attrs: attr => ({keepdims: attr['keep_dims']?.b ?? false}),
};
const batchNorm: Signature = {
  inputs: ['data', 'data', 'data'],
  attrs: attr => ({
    format: (textOf(attr['data_format']) ?? 'NHWC').toLowerCase(),
    epsilon: attr['epsilon']?.f ?? 1e-4,
  }),
};

const FLOATS: ReadonlyArray<string | number> = [
  ...['DT_FLOAT', 'DT_HALF', 'DT_BFLOAT16', 'DT_DOUBLE'],
  ...[1, 19, 14, 2],
];

const maskOf = (attr: Readonly<Record<string, AttrJson>>, name: string): number =>
  Number(attr[`${name}_mask`]?.i ?? 0);

const SIGNATURES: Readonly<Record<string, Signature>> = {
  Add: two,
  AddV2: two,
  BiasAdd: {
    ...two,
    attrs: attr => ({format: textOf(attr['data_format'])?.toLowerCase() ?? 'nhwc'}),
  },
  BroadcastTo: shaped,
  Cast: one,
  Div: two,
  DivNoNan: two,
  EuclideanNorm: reduction,
  ExpandDims: shaped,
  // A batch norm knows the shape already.
  Fill: {inputs: ['data'], from: 1},
  FusedBatchNorm: batchNorm,
  FusedBatchNormV2: batchNorm,
  FusedBatchNormV3: batchNorm,
  Identity: one,
  Inv: one,
  Maximum: two,
  Mean: reduction,
  Minimum: two,
  Mul: two,
  Neg: one,
  OnesLike: one,
  Pow: two,
  RealDiv: two,
  Reciprocal: one,
  Reshape: shaped,
  Rsqrt: one,
  Sqrt: one,
  Square: one,
  SquaredDifference: two,
  Squeeze: {...one, attrs: attr => ({axes: integersOf(attr['squeeze_dims'] ?? attr['axis'])})},
  StopGradient: one,
  StridedSlice: {
    inputs: ['data', 'numbers', 'numbers', 'numbers'],
    attrs: attr => ({
      masks: {
        begins: maskOf(attr, 'begin'),
        ends: maskOf(attr, 'end'),
        ellipsis: maskOf(attr, 'ellipsis'),
        news: maskOf(attr, 'new_axis'),
      },
    }),
  },
  Sub: two,
  Sum: reduction,
  ZerosLike: one,
};

const isKnownOp = (op: string): boolean => Object.hasOwn(SIGNATURES, op);

/** How a node is read as a step of a normalization; null where it cannot be one. */
export function signatureOf({op, attr = {}}: NodeJson): Signature | null {
  if (!isKnownOp(op)) return null;
  // tfjs has one type of floating point, and so no casts among them.
  const isFloat = (key: string) => FLOATS.includes(attr[key]?.type ?? '');
  if (op === 'Cast' && !(isFloat('SrcT') && isFloat('DstT'))) return null;
  if (op.startsWith('FusedBatchNorm') && !(attr['is_training']?.b ?? true)) return null;
  // Others cut something out.
  if (
    op === 'StridedSlice' &&
    (maskOf(attr, 'new_axis') === 0 || maskOf(attr, 'shrink_axis') !== 0)
  )
    return null;
  return SIGNATURES[op];
}

/** The ops that compute shapes. */
const ON_NUMBERS = ['Pack', 'Mul', 'AddV2', 'Add', 'Sub', 'FloorDiv', 'Identity', 'ExpandDims'];

export const isOnNumbers = (op: string): boolean => ON_NUMBERS.includes(op);

export const hasOneOutput = (op: string): boolean =>
  op === 'Const' || isKnownOp(op) || isOnNumbers(op);
