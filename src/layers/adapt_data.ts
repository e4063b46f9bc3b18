/** The data to which a layer can be adapted. */
import * as tf from '@tensorflow/tfjs-core';
import {check, show} from '../check.js';

export type Batch = tf.Tensor | tf.TensorLike;
/** A batch; or, as in data for training, an object with a batch as `xs` or a list with one first. */
type Element = Batch | {xs: Batch} | Batch[];
/** The part of a `tf.data.Dataset` that is used here; tfjs does not type the elements. */
type Dataset = {iterator(): Promise<{next(): Promise<{value: unknown; done?: boolean}>}>};

/**
 * The data for `Normalization.adapt`: a tensor or an array of numbers, or batches of these in a
 * list, another iterable, synchronous or not, or a `tf.data.Dataset`. A batch may stand in an object
 * `{xs, ys}` or first in a list, as in data for training.
 */
export type AdaptData = Batch | Iterable<Element> | AsyncIterable<Element> | Dataset;

/** The methods of which an object of batches has one. */
const KEYS = [Symbol.iterator, Symbol.asyncIterator, 'iterator'];

/** The batches in turn. A data set's are disposed of after their turn. */
export async function* batchesOf(layer: string, data: AdaptData): AsyncGenerator<Batch> {
  const isObject = typeof data === 'object' && data != null;
  check(
    isBatch(data) || (isObject && KEYS.some(key => key in data)),
    layer,
    () => `data must be a tensor, an array of numbers, or batches of them, but is ${show(data)}.`,
  );
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
  return Array.isArray(element)
    ? (element[0] as Batch)
    : ((element as {xs: Batch} | null)?.xs as Batch);
}

/** Whether this is a tensor or an array of numbers, of any depth. */
function isBatch(data: AdaptData): data is Batch {
  if (data instanceof tf.Tensor || ArrayBuffer.isView(data) || typeof data === 'number')
    return true;
  return Array.isArray(data) && (Array.isArray(data[0]) ? isBatch(data[0]) : isNumber(data[0]));
}

const isNumber = (value: unknown) => typeof value === 'number' || typeof value === 'boolean';
