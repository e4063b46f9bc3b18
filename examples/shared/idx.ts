/** An array as an IDX file holds it: unsigned bytes, the last axis runs fastest. */
export interface IdxArray {
  shape: number[];
  values: Uint8Array;
}

const UNSIGNED_BYTE = 0x08;

/** Reads an IDX file of unsigned bytes: the format of the MNIST database. */
export function readIdx(file: Uint8Array): IdxArray {
  const view = new DataView(file.buffer, file.byteOffset, file.byteLength);
  if (file.length < 4 || view.getUint16(0) !== 0) throw new Error('not an IDX file');
  const type = view.getUint8(2);
  if (type !== UNSIGNED_BYTE) throw new Error(`IDX type ${type} is not that of unsigned bytes`);
  const rank = view.getUint8(3);
  const start = 4 + 4 * rank;
  if (file.length < start) throw new Error('IDX file ends within its header');
  const shape = Array.from({length: rank}, (_, axis) => view.getUint32(4 + 4 * axis));
  const size = shape.reduce((product, n) => product * n, 1);
  const values = file.subarray(start);
  if (values.length !== size) {
    throw new Error(`IDX file of shape [${shape.join(', ')}] holds ${values.length} values`);
  }
  return {shape, values};
}
