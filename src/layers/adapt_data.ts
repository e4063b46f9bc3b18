/** What a layer can be adapted to. */
import * as tf from '@tensorflow/tfjs-core';

export type Batch = tf.Tensor | tf.TensorLike;
/** A batch, or as in data for training: an object that has it as `xs`, a list that has it first. */
type Element = Batch | {xs: Batch} | Batch[];
/** What a `tf.data.Dataset` is to this layer; tfjs does not say what is in one of batches. */
type Dataset = {iterator(): Promise<{next(): Promise<{value: unknown; done?: boolean}>}>};

export type AdaptData = Batch | Iterable<Element> | AsyncIterable<Element> | Dataset;

/** Those of a data set are disposed of after their turn. */
export async function* batchesOf(data: AdaptData): AsyncGenerator<Batch> {
  if (isBatch(data)) {
    yield data;
  } else if (Symbol.iterator in data || Symbol.asyncIterator in data) {
    for await (const element of data) yield batchOf(element);
  } else {
    const iterator = await (data as Dataset).iterator();
    for (;;) {
      const {value, done} = await iterator.next();
      if (done === true) return;
      try {
        yield batchOf(value as Element);
      } finally {
        tf.dispose(value as tf.Tensor);
      }
    }
  }
}

function batchOf(element: Element): Batch {
  if (isBatch(element)) return element;
  return Array.isArray(element) ? (element[0] as Batch) : (element as {xs: Batch}).xs;
}

/** A tensor or an array of numbers, of any depth. */
function isBatch(data: AdaptData): data is Batch {
  if (data instanceof tf.Tensor || ArrayBuffer.isView(data) || typeof data === 'number')
    return true;
  return Array.isArray(data) && (Array.isArray(data[0]) ? isBatch(data[0]) : isNumber(data[0]));
}

const isNumber = (value: unknown) => typeof value === 'number' || typeof value === 'boolean';
