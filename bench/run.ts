import * as tf from '@tensorflow/tfjs';
import {finish} from './backends.js';
import type {Case} from './cases.js';
import {
  type Bound,
  type Data,
  type Implementation,
  type Pass,
  PASSES,
  runPass,
} from './implementation.js';
import {type Method, type Task, timeInterleaved, type Timing} from './measure.js';

export type Result = Timing & {
  case: string;
  pass: Pass;
  kind: Implementation['kind'] | 'copy';
  name: string;
  /** The least that the pass must read and write. */
  bytes: number;
  /** The largest difference to our op's results, relative to their root mean square. */
  error: number;
};

export type Options = Method & {
  only: RegExp;
  /** Shapes so small that nothing is measured, but everything runs. */
  smoke: boolean;
  onHost: boolean;
};

const LARGEST_ERROR = 1e-3;
/** Tensors as large as x: x and y, and backward x, dy and dx. */
const TENSORS: Record<Pass, number> = {forward: 2, 'forward + backward': 5};

/** Yields the results of each case and pass, our op's first. */
export async function* runCases(cases: Case[], options: Options): AsyncGenerator<Result[]> {
  for (const c of cases) {
    const shape = options.smoke ? shrink(c) : c.shape;
    const axis = c.axis == null ? '' : `, axis ${c.axis}`;
    const name = `${c.ours.name} [${shape.join(', ')}]${axis}`;
    const passes = PASSES.filter(pass => options.only.test(`${name} ${pass}`));
    if (passes.length === 0) continue;
    const data = makeData(shape, shape.at(c.axis ?? -1)!);
    for (const pass of passes) yield await runCase(c, name, pass, data, options);
    tf.dispose(data);
  }
}

const shrink = ({shape, axis = -1}: Case): number[] =>
  shape.map((size, i) => (i === (axis + shape.length) % shape.length ? size : Math.min(size, 3)));

async function runCase(
  {ours, rivals, params = ['gamma', 'beta']}: Case,
  name: string,
  pass: Pass,
  data: Data,
  options: Options,
): Promise<Result[]> {
  const bytes = 4 * data.x.size;
  const common = {case: name, pass, bytes: TENSORS[pass] * bytes};
  const results: Omit<Result, keyof Timing>[] = [];
  const tasks: Task[] = [];
  const bounds: Bound[] = [];
  const expected: Float32Array[] = [];
  for (const implementation of [ours, ...rivals]) {
    const {kind, name} = implementation;
    const bound = implementation.bind(data, params);
    bounds.push(bound);
    const values = await valuesOf(runPass(pass, bound, data.dy));
    if (expected.length === 0) expected.push(...values);
    const error = Math.max(...values.map((array, i) => errorOf(array, expected[i])));
    if (!(error <= LARGEST_ERROR)) {
      throw new Error(`${common.case} ${pass}: the results of ${name} differ by ${error}.`);
    }
    results.push({...common, kind, name, error});
    tasks.push(taskOf(pass, bound, data.dy, options.onHost));
  }
  const copied = {...common, kind: 'copy' as const, bytes: 2 * bytes, error: 0};
  if (options.onHost) {
    const [from, to] = [new Float32Array(data.x.size), new Float32Array(data.x.size)];
    results.push({...copied, name: 'Float32Array.set'});
    tasks.push({run: () => to.set(from)});
  } else {
    // Reads and writes as much as a copy, which tfjs does not make.
    results.push({...copied, name: 'tf.neg'});
    tasks.push(onDevice(() => [tf.neg(data.x)]));
  }
  const timings = await timeInterleaved(tasks, options);
  for (const {dispose} of bounds) dispose();
  return results.map((result, i) => ({...result, ...timings[i]}));
}

const taskOf = (pass: Pass, bound: Bound, dy: tf.Tensor, onHost: boolean): Task =>
  onHost
    ? {run: () => tf.dispose(runPass(pass, bound, dy))}
    : onDevice(() => runPass(pass, bound, dy));

/** Results come in the order in which they were asked for, so the last ones are waited for. */
function onDevice(run: () => tf.Tensor[]): Task {
  let last: tf.Tensor[] = [];
  return {
    run: () => {
      tf.dispose(last);
      last = run();
    },
    finish: async () => {
      await finish(last);
      tf.dispose(last);
      last = [];
    },
  };
}

async function valuesOf(tensors: tf.Tensor[]): Promise<Float32Array[]> {
  const values = await Promise.all(tensors.map(tensor => tensor.data<'float32'>()));
  tf.dispose(tensors);
  return values;
}

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

/** tf.randomNormal takes seconds for as many. */
function normals(size: number, scale: number, offset: number): Float32Array {
  return Float32Array.from({length: size}, () => {
    const radius = Math.sqrt(-2 * Math.log(1 - Math.random()));
    return offset + scale * radius * Math.cos(2 * Math.PI * Math.random());
  });
}
