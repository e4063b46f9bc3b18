/** An operator with the tensors and the attributes that it needs besides X. */
export type OnnxOperator = {
  name: string;
  /** The version of the operator set that has it. */
  opset: number;
  constants: Array<{name: string; shape: number[]; values: Float32Array}>;
  /** The outputs besides Y, which nobody fetches. */
  outputs?: Array<{name: string; shape: number[]}>;
  ints?: Record<string, number>;
  floats?: Record<string, number>;
};

/**
 * The ONNX file of a model with one operator, from `X` to `Y` of the same shape.
 *
 * Such a file is a Protocol Buffer: a list of fields, each a number and a value. The numbers below
 * are from [onnx.proto](https://github.com/onnx/onnx/blob/main/onnx/onnx.proto).
 */
export function onnxModel(shape: number[], operator: OnnxOperator): Uint8Array {
  const {name, opset, constants, ints = {}, floats = {}} = operator;
  const outputs = [{name: 'Y', shape}, ...(operator.outputs ?? [])];
  const node = [
    ...['X', ...constants.map(constant => constant.name)].map(input => bytes(1, text(input))),
    ...outputs.map(output => bytes(2, text(output.name))),
    bytes(4, text(name)),
    ...Object.entries(ints).map(([key, value]) =>
      bytes(5, [bytes(1, text(key)), int(3, value), int(20, INT)]),
    ),
    ...Object.entries(floats).map(([key, value]) =>
      bytes(5, [bytes(1, text(key)), float(2, value), int(20, FLOAT)]),
    ),
  ];
  const graph = [
    bytes(1, node),
    bytes(2, text(name)),
    ...constants.map(constant => bytes(5, tensor(constant))),
    bytes(11, valueInfo({name: 'X', shape})),
    ...outputs.map(output => bytes(12, valueInfo(output))),
  ];
  return join([int(1, IR_VERSION), bytes(7, graph), bytes(8, [bytes(1, text('')), int(2, opset)])]);
}

const IR_VERSION = 10;
/** The numbers of types: the first of elements, the others of attributes. */
const FLOAT32 = 1;
const FLOAT = 1;
const INT = 2;

const tensor = ({name, shape, values}: OnnxOperator['constants'][number]): Uint8Array[] => [
  ...shape.map(size => int(1, size)),
  int(2, FLOAT32),
  bytes(8, text(name)),
  bytes(9, new Uint8Array(values.buffer, values.byteOffset, values.byteLength)),
];

const valueInfo = ({name, shape}: {name: string; shape: number[]}): Uint8Array[] => {
  const dimensions = shape.map(size => bytes(1, int(1, size)));
  return [bytes(1, text(name)), bytes(2, bytes(1, [int(1, FLOAT32), bytes(2, dimensions)]))];
};

const text = (value: string): Uint8Array => new TextEncoder().encode(value);

/**
 * A field begins with its number and its kind: 0 is an integer, 2 is bytes after their length, 5 a
 * float.
 */
const int = (field: number, value: number): Uint8Array => join([varint(field << 3), varint(value)]);

function bytes(field: number, value: Uint8Array | Uint8Array[]): Uint8Array {
  const content = Array.isArray(value) ? join(value) : value;
  return join([varint((field << 3) | 2), varint(content.length), content]);
}

const float = (field: number, value: number): Uint8Array =>
  join([varint((field << 3) | 5), new Uint8Array(Float32Array.of(value).buffer)]);

/**
 * Each byte holds seven bits, the lowest first; its eighth bit says that more follow. Numbers below
 * 0 have 64 bits.
 */
function varint(value: number): Uint8Array {
  const result: number[] = [];
  let rest = BigInt.asUintN(64, BigInt(value));
  for (; rest > 127n; rest >>= 7n) result.push(Number(rest & 127n) | 128);
  return Uint8Array.of(...result, Number(rest));
}

function join(parts: Uint8Array[]): Uint8Array {
  const result = new Uint8Array(parts.reduce((length, part) => length + part.length, 0));
  let at = 0;
  for (const part of parts) {
    result.set(part, at);
    at += part.length;
  }
  return result;
}
