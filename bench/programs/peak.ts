import * as tf from '@tensorflow/tfjs';

/**
 * The bytes of tensors' data that a call holds at most, above what was there before it. Tensors that
 * share their data count once; what a kernel has for itself is not seen.
 */
export async function peakOf(call: () => Promise<void>): Promise<number> {
  const {state} = tf.engine() as unknown as {state: {tensorInfo: Held}};
  const before = state.tensorInfo;
  let [held, peak] = [0, 0];
  const sizes = new Map<object, number>();
  state.tensorInfo = {
    get: id => before.get(id),
    has: id => before.has(id),
    set(id, info) {
      const bytes = tf.util.sizeFromShape(info.shape) * tf.util.bytesPerElement(info.dtype);
      sizes.set(id, bytes);
      peak = Math.max(peak, (held += bytes));
      return before.set(id, info);
    },
    delete(id) {
      held -= sizes.get(id) ?? 0;
      sizes.delete(id);
      return before.delete(id);
    },
  };
  try {
    await call();
  } finally {
    state.tensorInfo = before;
  }
  return peak;
}

type Info = {shape: number[]; dtype: 'float32'};
/** The engine's record of each data, by its id. */
type Held = {
  get(id: object): Info | undefined;
  has(id: object): boolean;
  set(id: object, info: Info): unknown;
  delete(id: object): boolean;
};
