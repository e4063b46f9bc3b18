/** The data to which a layer can be adapted. */
import * as tf from '@tensorflow/tfjs-core';
import {check} from '../check.js';
import {show} from '../show.js';

type Values = tf.Tensor | tf.TensorLike;
/** Values, and those of a mask which belongs to them. */
export type Batch = {xs: Values; mask?: Values};
/** Values; or, as in data for training, an object that has them as `xs` or a list with them first. */
type Element = Values | Batch | Values[];
/** The part of a `tf.data.Dataset` that is used here; tfjs does not type the elements. */
type Dataset = {iterator(): Promise<{next(): Promise<{value: unknown; done?: boolean}>}>};

/**
 * The data for `Normalization.adapt`: a tensor or an array of numbers, or batches of these in a
 * list, another iterable, synchronous or not, or a `tf.data.Dataset`. A batch may stand in an object
 * `{xs, ys}` or first in a list, as in data for training. With a `mask` in such an object, only values
 * at which it is not 0 count.
 */
export type AdaptData = Values | Batch | Iterable<Element> | AsyncIterable<Element> | Dataset;

/** The methods of which an object of batches has one. */
const KEYS = [Symbol.iterator, Symbol.asyncIterator, 'iterator'];

/** The batches in turn. A data set's are disposed of after their turn. */
export async function* batchesOf(layer: string, data: AdaptData): AsyncGenerator<Batch> {
  const isObject = typeof data === 'object' && data != null;
  check(
    isValues(data) || (isObject && [...KEYS, 'xs'].some(key => key in data)),
    layer,
    () => `data must be a tensor, an array of numbers, or batches of them, but is ${show(data)}.`,
  );
  if (isValues(data) || 'xs' in (data as object)) {
    yield batchOf(layer, data as Element);
  } else if (Symbol.iterator in data || Symbol.asyncIterator in data) {
    for await (const element of data) yield batchOf(layer, element);
  } else {
    const iterator = await (data as Dataset).iterator();
    for (;;) {
      const {value, done} = await iterator.next();
      if (done === true) return;
      try {
        yield batchOf(layer, value as Element);
      } finally {
        tf.dispose(value as tf.Tensor);
      }
    }
  }
}

function batchOf(layer: string, element: Element): Batch {
  if (isValues(element)) return {xs: element};
  const isObject = typeof element === 'object' && element != null;
  const {xs: given, mask} = (isObject && 'xs' in element ? element : {xs: element}) as Batch;
  const xs = Array.isArray(given) && !isValues(given) ? (given[0] as Values) : given;
  const keys = (xs as object | undefined)?.constructor === Object ? Object.keys(xs) : [];
  check(
    keys.length === 0,
    layer,
    () =>
      `data must have arrays of numbers, but has objects {${keys.join(', ')}}, as tf.data.csv ` +
      `makes them: call .map(${xs === element ? 'xs' : '({xs})'} => Object.values(xs)) before ` +
      '.batch(…).',
  );
  return {xs, mask};
}

/** Whether this is a tensor or an array of numbers, of any depth. */
function isValues(data: AdaptData): data is Values {
  if (data instanceof tf.Tensor || ArrayBuffer.isView(data) || typeof data === 'number')
    return true;
  return Array.isArray(data) && (Array.isArray(data[0]) ? isValues(data[0]) : isNumber(data[0]));
}

const isNumber = (value: unknown) => typeof value === 'number' || typeof value === 'boolean';
