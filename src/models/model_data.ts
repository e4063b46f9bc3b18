/** The data on which a model is measured. */
import * as tf from '@tensorflow/tfjs-core';
import type {LayersModel, Shape, SymbolicTensor} from '@tensorflow/tfjs-layers';
import {check, show, showShape} from '../check.js';

/** The inputs of a model: its one tensor, or its tensors in a list or by the inputs' names. */
export type ModelInputs = tf.Tensor | tf.Tensor[] | Record<string, tf.Tensor>;

/** Inputs with the labels that belong to them, as `tf.data` data sets for training have them. */
export interface LabelledInputs {
  /** The inputs. */
  xs: ModelInputs;
  /** The labels, as the inputs: one tensor for each output. */
  ys?: ModelInputs;
}

/** A `tf.data.Dataset`, of which no more is used. */
export interface ModelDataset {
  /** The elements in turn. */
  iterator(): Promise<{next(): Promise<{value: unknown; done?: boolean}>}>;
}

/**
 * The data that models are measured on: inputs, with labels or without, that are cut into batches; or batches of
 * these, in a list, in another iterable, synchronous or not, or in a `tf.data.Dataset`. The batches of a
 * data set are disposed of.
 */
export type ModelData =
  | ModelInputs
  | LabelledInputs
  | Iterable<ModelInputs | LabelledInputs>
  | AsyncIterable<ModelInputs | LabelledInputs>
  | ModelDataset;

/** How far a long work is. */
export interface Progress {
  /** The step that is being done, such as the name of the layer. */
  readonly what: string;
  /** How many batches were seen. */
  readonly done: number;
  /** How many there are; null as long as nobody knows, as in a data set. */
  readonly all: number | null;
}

/** Is called after each batch; a promise is awaited, as that of a callback of `fit` is. */
export type OnProgress = (progress: Progress) => void | Promise<void>;

export type Batch = {readonly xs: tf.Tensor[]; readonly ys: tf.Tensor[] | null};

const hasKey = (value: unknown, key: PropertyKey): value is object =>
  typeof value === 'object' && value != null && key in value;

const isTensor = (value: unknown): value is tf.Tensor => value instanceof tf.Tensor;
const isDataset = (data: unknown): data is ModelDataset =>
  hasKey(data, 'iterator') && typeof (data as ModelDataset).iterator === 'function';
const isPlain = (value: unknown): value is Record<string, unknown> =>
  typeof value === 'object' && value != null && value.constructor === Object;

/** Whether this is one element, and not a series of them. */
function isElement(model: LayersModel, data: unknown): boolean {
  if (isTensor(data)) return true;
  if (Array.isArray(data)) return data.length === model.inputs.length && data.every(isTensor);
  return isPlain(data) && !isDataset(data) && !hasKey(data, Symbol.asyncIterator);
}

/** Whether the data can be gone through once only, as what a generator gives. */
export function isOnce(data: ModelData): boolean {
  const once = (key: symbol) =>
    hasKey(data, key) && (data as Record<symbol, () => unknown>)[key]() === (data as unknown);
  return !Array.isArray(data) && (once(Symbol.iterator) || once(Symbol.asyncIterator));
}

/** The number of batches, where that is known beforehand. */
export function batchCount(model: LayersModel, data: ModelData, batchSize: number): number | null {
  if (Array.isArray(data) && !isElement(model, data)) return data.length;
  if (!isElement(model, data)) return null;
  const {xs} = elementOf('data', model, data);
  return Math.ceil(xs[0].shape[0] / batchSize);
}

/** The batches in turn, each checked against the model. Batches that are cut, or come from a data set, are disposed of. */
export async function* batchesOf(
  op: string,
  model: LayersModel,
  data: ModelData,
  batchSize: number,
): AsyncGenerator<Batch> {
  if (isElement(model, data)) {
    yield* slices(elementOf(op, model, data), batchSize);
    return;
  }
  if (isDataset(data)) {
    const iterator = await data.iterator();
    for (;;) {
      const {value, done} = await iterator.next();
      if (done === true) return;
      try {
        yield elementOf(op, model, value);
      } finally {
        tf.dispose(value as tf.Tensor);
      }
    }
  }
  check(
    hasKey(data, Symbol.iterator) || hasKey(data, Symbol.asyncIterator),
    op,
    () => `data must be tensors, batches of them or a tf.data.Dataset, but is ${show(data)}.`,
  );
  for await (const element of data as AsyncIterable<unknown>) yield elementOf(op, model, element);
}

function* slices({xs, ys}: Batch, batchSize: number): Generator<Batch> {
  const rows = xs[0].shape[0];
  for (let start = 0; start < rows; start += batchSize) {
    const cut = (x: tf.Tensor) => tf.slice(x, start, Math.min(batchSize, rows - start));
    const batch = {xs: xs.map(cut), ys: ys?.map(cut) ?? null};
    try {
      yield batch;
    } finally {
      tf.dispose([batch.xs, batch.ys ?? []]);
    }
  }
}

function elementOf(op: string, model: LayersModel, element: unknown): Batch {
  const isLabelled =
    isPlain(element) && 'xs' in element && !namesOf(model.inputNames, model.inputs).includes('xs');
  const {xs, ys} = isLabelled ? (element as unknown as LabelledInputs) : {xs: element, ys: null};
  const {inputs, outputs} = model;
  const shapes = inputs.map(({shape}) => shape);
  const x = listOf(op, 'data', xs, namesOf(model.inputNames, inputs), shapes);
  // Labels of sparse losses have other shapes than the outputs.
  const y =
    ys == null
      ? null
      : listOf(
          op,
          'labels',
          ys,
          namesOf(model.outputNames, outputs),
          outputs.map(() => null),
        );
  const sizes = [...x, ...(y ?? [])].map(({shape}) => shape[0]);
  check(
    sizes.every(size => size === sizes[0]),
    op,
    () => `data must have as many examples in each tensor, but has ${sizes.join(', ')}.`,
  );
  return {xs: x, ys: y};
}

/** A sequential model has names only when it is compiled. */
const namesOf = (names: string[], values: SymbolicTensor[]): string[] =>
  names.length === values.length ? names : values.map(({name}) => name);

function listOf(
  op: string,
  what: string,
  given: unknown,
  names: string[],
  shapes: Array<Shape | null>,
): tf.Tensor[] {
  const list: unknown[] = isPlain(given) ? names.map(name => given[name]) : [given].flat();
  const isKnown = !isPlain(given) || Object.keys(given).every(name => names.includes(name));
  check(
    isKnown && list.length === names.length && list.every(x => isTensor(x) && !x.isDisposed),
    op,
    () =>
      `${what} must be ${names.length === 1 ? 'a tensor' : `${names.length} tensors`} for ` +
      `${names.join(', ')}, but is ${show(given)}.`,
  );
  const tensors = list as tf.Tensor[];
  tensors.forEach(({shape}, i) => {
    const expected = shapes[i];
    if (expected == null) {
      check(
        shape.length > 0,
        op,
        () => `${what} must have an axis for the examples, but has none.`,
      );
      return;
    }
    check(
      shape.length === expected.length && expected.every((n, j) => n == null || n === shape[j]),
      op,
      () =>
        `${what} for ${names[i]} must have the shape ${showShape(expected)}, but has ${showShape(shape)}.`,
    );
  });
  return tensors;
}

/**
 * Runs a model on a batch, as `predict` does. Options would be one object for all layers, in which recurrent
 * layers leave their states for the next ones.
 */
export const runModel = (model: LayersModel, xs: tf.Tensor[]): tf.Tensor[] =>
  [model.call(xs.length === 1 ? xs[0] : xs, undefined as never)].flat();

/** Checks a batch size that an option gives. */
export function checkCount(op: string, name: string, count: number): void {
  check(
    Number.isInteger(count) && count > 0,
    op,
    () => `${name} must be a positive integer, but is ${show(count)}.`,
  );
}
