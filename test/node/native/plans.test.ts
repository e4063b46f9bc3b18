/** No first input leads an op beyond its tensors. */
import * as tf from '@tensorflow/tfjs';
import '../../../src/index.js';
import {firstInput} from '../../../src/kernels/backends/tensorflow/native/held_tensors.js';
import {countsOf, OPS, whyNotNative} from '../../../src/kernels/backends/tensorflow/native/ops.js';
import type {NodeBackend} from '../../../src/kernels/backends/tensorflow/node_backend.js';
import type {KernelName} from '../../../src/kernels/contract.js';
import {bitsOf} from '../../../src/kernels/host/call.js';
import {planOf, takesGate} from '../../../src/kernels/host/plan.js';
import {groupCount, type NormView, paramCount, viewOf, viewSize} from '../../../src/view.js';
import '../../backends.js';

const backend = tf.backend() as unknown as NodeBackend;
beforeAll(() => void whyNotNative(backend));

const CALLS = [
  {family: 'long rows', view: viewOf([4, 300], [1], [1])},
  {family: 'short rows', view: viewOf([9, 4, 6], [2], [1, 2])},
  {family: 'lanes', view: viewOf([4, 6, 5], [1], [1])},
  {family: 'copied rows', view: viewOf([4, 6, 3, 5], [1, 3], [1, 3])},
  {family: 'copied lanes', view: viewOf([6, 4, 5, 3], [0, 2], [0, 2])},
  {family: 'columns', view: viewOf([4, 6, 5], [0, 1], [2])},
  {family: 'columns in parts', view: viewOf([4, 6, 5], [1], [2])},
  {family: 'segments', view: viewOf([4, 6, 20], [0, 2], [1])},
  {family: 'segments in parts', view: viewOf([24, 20], [1], [0])},
  {family: 'segments in parts of two axes', view: viewOf([2, 7, 12_500], [2], [0])},
].flatMap(({family, view}) => {
  // Given statistics are those of each parameter.
  const isGiven = view.every(axis => axis.reduced !== axis.param);
  const kernels = (Object.keys(OPS) as KernelName[]).filter(
    kernel => isGiven || kernel !== 'FusedNormalizeGiven',
  );
  return kernels.map(kernel => ({kernel, family, view, plan: planOf(view, kernel)}));
});
type Call = {kernel: KernelName; view: NormView; plan: Int32Array};

/** The ints of the first input in front of the plan. */
const HEAD = 8;

/** All that an op may have, in the order of native/call.h. */
const ARRAYS: Record<KernelName, {inputs: string[]; outputs: string[]}> = {
  FusedNormalize: {
    inputs: ['x', 'gamma', 'beta', 'movingMean', 'movingSpread', 'residual', 'gate'],
    outputs: ['mean', 'stats', 'y', 'spread', 'sum'],
  },
  FusedNormalizeGrad: {
    inputs: ['x', 'gamma', 'beta', 'dy', 'stats', 'dmean', 'dspread', 'dsum'],
    outputs: ['dx', 'dgamma', 'dbeta'],
  },
  FusedNormalizeGiven: {inputs: ['x', 'gamma', 'beta', 'mean', 'variance'], outputs: ['y']},
};
/** Not all loops take a gate. */
const arraysOf = ({kernel, plan}: Call): string[] =>
  [...ARRAYS[kernel].inputs, ...ARRAYS[kernel].outputs].filter(
    name => name !== 'gate' || takesGate(plan),
  );

type Change = {
  /** The arrays that the first input says there are. */
  arrays?: string[];
  /** The arrays that there are. */
  given?: string[];
  /** An input that lacks an element. */
  shorter?: string;
  momentum?: number;
  /** Changes the first input. */
  change?: (ints: Int32Array) => Int32Array;
};

/** An op on ones. */
function execute(call: Call, change: Change = {}): tf.Tensor[] {
  const {kernel, view, plan} = call;
  const {arrays = arraysOf(call), given = arrays, shorter, change: changed = ints => ints} = change;
  const [size, groups, params] = [viewSize, groupCount, paramCount].map(of => of(view));
  const sizes: Record<string, number> = {
    ...{x: size, dy: size, gamma: params, beta: params, mean: params, variance: params},
    ...{residual: size, dsum: size, gate: params},
    ...{stats: 4 * groups, movingMean: groups, movingSpread: groups, dmean: groups, dspread: groups}, // prettier-ignore
  };
  const moves = arrays.includes('movingMean') ? 0.5 : 0;
  const head = {
    ...{kernel, arrays: bitsOf(arrays), statistic: 7, activation: 5},
    ...{alpha: 0.5, epsilon: 1e-3, momentum: change.momentum ?? moves},
  };
  const ints = changed(firstInput(head, plan));
  return tf.tidy(() => {
    const inputs = ARRAYS[kernel].inputs.filter(name => given.includes(name));
    const tensors = inputs.map(name => tf.ones([sizes[name] - (name === shorter ? 1 : 0)]));
    tensors.unshift(tf.tensor(ints, [ints.length], 'int32'));
    const outputs = ARRAYS[kernel].outputs.filter(name => given.includes(name)).length;
    const counts = countsOf(backend, inputs.length, outputs);
    return backend.executeMultipleOutputs(OPS[kernel], counts, tensors, outputs);
  });
}

function errorOf(...call: Parameters<typeof execute>): string {
  try {
    tf.dispose(execute(...call));
    return '';
  } catch (error) {
    return (error as Error).message;
  }
}

test.each(CALLS)('$kernel of $family refuses what does not fit', call => {
  expect(errorOf(call)).toBe('');
  const all = arraysOf(call);
  for (const input of all.filter(name => ARRAYS[call.kernel].inputs.includes(name))) {
    expect(errorOf(call, {shorter: input})).toMatch(/does not fit/);
  }
  const length = HEAD + call.plan.length;
  for (const end of [0, 5, HEAD, HEAD + 5, length - 2]) {
    expect(errorOf(call, {change: ints => ints.slice(0, end)})).toContain(
      'the plan does not fit x',
    );
  }
  // Whatever else the first input says, nothing is read or written beyond the tensors: sanitizers see it.
  for (const i of [...Array(HEAD + 26).keys(), length - 1].filter(i => i < length)) {
    for (const by of [
      () => -(2 ** 31),
      () => -1,
      () => 0,
      () => 1,
      (n: number) => n + 1,
      (n: number) => 2 * n,
      () => 1e9,
      () => 2 ** 31 - 1,
    ]) {
      // prettier-ignore
      const change = (ints: Int32Array) => ints.map((n, j) => (j === i ? by(n) : n));
      expect(errorOf(call, {change})).toMatch(/^$|fit|no plan|range/);
    }
  }
});

test('plans of groups are refused where the kernel is of lines only', () => {
  const view = viewOf([4, 6], [1], []);
  const call = {view, plan: planOf(view, 'FusedNormalize')};
  expect(errorOf({...call, kernel: 'FusedNormalizeGiven'})).toContain('no plan of groups');
});

/** Arrays that come together, or with others. */
const SETS: Record<KernelName, string[][]> = {
  FusedNormalize: [['stats'], ['mean', 'spread'], ['residual', 'sum']],
  FusedNormalizeGrad: [['beta'], ['dx'], ['dgamma', 'dbeta'], ['dmean', 'dspread'], ['dsum']],
  FusedNormalizeGiven: [],
};
const NEEDED: Record<KernelName, string[]> = {
  FusedNormalize: ['x', 'gamma', 'beta', 'y'],
  FusedNormalizeGrad: ['x', 'gamma', 'dy', 'stats'],
  FusedNormalizeGiven: ['x', 'gamma', 'beta', 'mean', 'variance', 'y'],
};

test.each(CALLS)('$kernel of $family takes the arrays that it needs, and refuses others', call => {
  const {kernel} = call;
  const without = (names: string[], name: string) => names.filter(other => other !== name);
  for (let bits = 0; bits < 1 << SETS[kernel].length; bits++) {
    const sets = SETS[kernel].filter((_, i) => (bits >> i) & 1);
    const arrays = [...NEEDED[kernel], ...sets.flat()];
    const hasOutputs = arrays.some(name => ARRAYS[kernel].outputs.includes(name));
    if (!hasOutputs) continue;
    const lacksBeta = kernel === 'FusedNormalizeGrad' && !arrays.includes('beta');
    expect(errorOf(call, {arrays})).toMatch(lacksBeta ? /do not fit/ : /^$/);
    const together = [...NEEDED[kernel], ...sets.filter(set => set.length > 1).flat()];
    for (const name of together) {
      expect(errorOf(call, {arrays: without(arrays, name)})).toMatch(/fit|TF_Status: 3/);
    }
    expect(errorOf(call, {arrays, given: without(arrays, 'gamma')})).toMatch(/do not fit/);
  }
  if (kernel !== 'FusedNormalize') return;
  const arrays = [...NEEDED[kernel], 'mean', 'spread', 'movingMean', 'movingSpread'];
  expect(errorOf(call, {arrays})).toBe('');
  expect(errorOf(call, {arrays, momentum: 0})).toMatch(/do not fit/);
  expect(errorOf(call, {arrays: without(arrays, 'movingSpread')})).toMatch(/do not fit/);
  expect(errorOf(call, {arrays: NEEDED[kernel], momentum: 0.5})).toMatch(/do not fit/);
});
