import * as tf from '@tensorflow/tfjs';
import type {Case} from './cases.js';
import {limitsOfDevice, onDevice} from './device.js';
import {
  type Data,
  type Implementation,
  type Kind,
  type Pass,
  type Passes,
  PASSES,
  type Values,
} from './implementation.js';
import {backward, plainLoops} from './kernels.js';
import {limitsOf} from './limit.js';
import {type Method, type Task, timeInterleaved, type Timing} from './measure.js';
import {onnxImplementations, type OnnxRuntimes} from './onnx/runtimes.js';
import {kernelsOnCopies, limitsOfTensorflow} from './tensorflow.js';

export type Result = Timing & {
  /** The op, and the shape with the parameters' axis, if that is not the last one. */
  op: string;
  shape: string;
  pass: Pass;
  kind: Kind | 'limit' | 'tf.relu';
  name: string;
  /** The least that the pass must read and write. */
  bytes: number;
  /** The largest difference to our op's results, relative to their root mean square. */
  error: number;
};

export type Options = Method & {
  only: RegExp;
  /** Runs everything on tiny shapes, to see that it runs; the times then mean nothing. */
  smoke: boolean;
  onHost: boolean;
  onnx: OnnxRuntimes;
};

const LARGEST_ERROR = 1e-3;
/**
 * How many tensors as large as x a pass moves: it reads x and writes y; it reads x and dy and
 * writes dx.
 */
const TENSORS: Record<Pass, number> = {forward: 2, backward: 3, 'forward + backward': 5};
/** How many of them are read a second time, for norms that read twice: x; x and dy. */
const AGAIN: Record<Pass, number> = {forward: 1, backward: 2, 'forward + backward': 3};

/** Yields the results of each case and pass, our op's first. */
export async function* runCases(cases: Case[], options: Options): AsyncGenerator<Result[]> {
  for (const c of cases) {
    const shape = options.smoke ? shrink(c) : c.shape;
    const axis = c.axis ?? shape.length - 1;
    const axisName = axis === shape.length - 1 ? '' : `, axis ${axis}`;
    const name = {op: c.ours.name, shape: `[${shape.join(', ')}]${axisName}`};
    const passes = PASSES.filter(pass => options.only.test(`${name.op} ${name.shape} ${pass}`));
    if (passes.length === 0) continue;
    const data = makeData(shape, shape[axis]);
    const contestants = await contestantsOf(c, data, options);
    for (const pass of passes) {
      const results = await runPass(c, {...name, pass}, contestants, data, options);
      if (results.length > 0) yield results;
    }
    for (const {bound} of contestants) await bound.dispose?.();
    tf.dispose(data);
  }
}

const shrink = ({shape, axis = shape.length - 1}: Case): number[] =>
  shape.map((size, i) => (i === axis ? size : Math.min(size, 3)));

type Contestant = Implementation & {bound: Awaited<ReturnType<Implementation['bind']>>};

async function contestantsOf(
  {ours, rivals, attrs, onnx, params = ['gamma', 'beta']}: Case,
  data: Data,
  {onHost, onnx: runtimes}: Options,
): Promise<Contestant[]> {
  const implementations = [ours, ...rivals];
  const kernelAttrs = attrs?.(data.x.shape);
  if (kernelAttrs != null) implementations.unshift(backward(ours.name, kernelAttrs));
  if (tf.getBackend() === 'tensorflow') {
    if (kernelAttrs != null) implementations.push(kernelsOnCopies(kernelAttrs));
  } else if (onHost) {
    if (kernelAttrs != null) implementations.push(plainLoops(kernelAttrs));
    if (onnx != null) implementations.push(...onnxImplementations(runtimes, onnx));
  }
  const contestants: Contestant[] = [];
  for (const implementation of implementations) {
    contestants.push({...implementation, bound: await implementation.bind(data, params)});
  }
  return contestants;
}

async function runPass(
  {twice = false}: Case,
  name: Pick<Result, 'op' | 'shape' | 'pass'>,
  contestants: Contestant[],
  data: Data,
  options: Options,
): Promise<Result[]> {
  const {pass} = name;
  const bytes = 4 * data.x.size * (TENSORS[pass] + (twice ? AGAIN[pass] : 0));
  const results: Omit<Result, keyof Timing>[] = [];
  const tasks: Task[] = [];
  let expected: Float32Array[] | undefined;
  for (const {kind, name: implementation, bound} of contestants) {
    const run = bound.passes[pass];
    if (run == null) continue;
    const values = await valuesOf(await run());
    expected ??= values;
    const error = errorOfAll(values, expected);
    if (!(error <= LARGEST_ERROR)) {
      const where = `${name.op} ${name.shape} ${pass}`;
      throw new Error(`${where}: the results of ${implementation} differ by ${error}.`);
    }
    results.push({...name, kind, name: implementation, bytes, error});
    tasks.push(taskOf(run, options.onHost));
  }
  if (tasks.length === 0) return [];
  const relu = reluOf(data)[pass];
  if (relu != null) {
    results.push({...name, kind: 'tf.relu', name: 'tf.relu', bytes, error: 0});
    tasks.push(taskOf(relu, options.onHost));
  }
  const {limits, dispose} = limitsFor(data, twice, options);
  for (const limit of limits[pass]) {
    results.push({...name, kind: 'limit', name: limit.name, bytes, error: 0});
    tasks.push(limit);
  }
  const timings = await timeInterleaved(tasks, options);
  dispose();
  return results.map((result, i) => ({...result, ...timings[i]}));
}

/** The fastest op of tfjs with the same tensors: what a call costs at the least. */
const reluOf = ({x, dy}: Data): Passes => ({
  forward: () => [tf.relu(x)],
  'forward + backward': () => [tf.grad(x => tf.relu(x))(x, dy)],
});

function limitsFor(data: Data, twice: boolean, {onHost}: Options) {
  if (tf.getBackend() === 'tensorflow') return limitsOfTensorflow(data, twice);
  return onHost ? limitsOf(data, twice) : limitsOfDevice(data);
}

function taskOf(run: () => Values[] | Promise<Values[]>, onHost: boolean): Task {
  if (!onHost) return onDevice(() => run() as tf.Tensor[]);
  return {
    run: () => {
      const results = run();
      if (results instanceof Promise) return results.then(() => undefined);
      tf.dispose(results.filter(values => values instanceof tf.Tensor));
    },
  };
}

async function valuesOf(results: Values[]): Promise<Float32Array[]> {
  const arrays = await Promise.all(
    results.map(async values =>
      values instanceof tf.Tensor ? values.data<'float32'>() : values.slice(),
    ),
  );
  tf.dispose(results.filter(values => values instanceof tf.Tensor));
  return arrays;
}

const errorOfAll = (values: Float32Array[], expected: Float32Array[]): number =>
  values.length === expected.length
    ? Math.max(...values.map((array, i) => errorOf(array, expected[i])))
    : NaN;

/** The largest error, relative to the root mean square of what is expected. */
export function errorOf(values: Float32Array, expected: Float32Array): number {
  if (values.length !== expected.length) return NaN;
  let largest = 0;
  let squares = 0;
  for (let i = 0; i < expected.length; i++) {
    largest = Math.max(largest, Math.abs(values[i] - expected[i]));
    squares += expected[i] ** 2;
  }
  return largest / Math.sqrt(squares / expected.length);
}

function makeData(shape: number[], features: number): Data {
  const normal = (shape: number[], scale = 1, offset = 0) =>
    tf.tensor(normals(tf.util.sizeFromShape(shape), scale, offset), shape);
  return {
    x: normal(shape),
    dy: normal(shape),
    gamma: normal([features], 0.1, 1),
    beta: normal([features], 0.1),
    mean: normal([features], 0.1),
    variance: tf.fill([features], 1.5),
  };
}

/** Normal numbers, since tf.randomNormal takes seconds for so many. */
export function normals(size: number, scale: number, offset: number): Float32Array {
  return Float32Array.from({length: size}, () => {
    const radius = Math.sqrt(-2 * Math.log(1 - Math.random()));
    return offset + scale * radius * Math.cos(2 * Math.PI * Math.random());
  });
}
