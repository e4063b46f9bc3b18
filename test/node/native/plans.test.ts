/** What a plan says, or an attribute, leads nowhere beyond an op's tensors. */
import * as tf from '@tensorflow/tfjs';
import '../../../src/index.js';
import {OPS, whyNotNative} from '../../../src/kernels/backends/tensorflow/native/ops.js';
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
  {family: 'copied lanes', view: viewOf([4, 6, 3, 5], [1, 3], [1, 3])},
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

/** An op on ones; `shorter` is an input that lacks an element. */
function execute({kernel, view, plan}: Call, wanted?: string[], shorter?: string): tf.Tensor[] {
  const {op, inputs, outputs} = OPS[kernel];
  const [size, groups, params] = [viewSize, groupCount, paramCount].map(of => of(view));
  const sizes: Record<string, number> = {
    ...{x: size, dy: size, gamma: params, beta: params, mean: params, variance: params},
    ...{residual: size, dsum: size, gate: params},
    ...{stats: 4 * groups, movingMean: groups, movingSpread: groups, dmean: groups, dspread: groups}, // prettier-ignore
  };
  // Not all loops take a gate.
  const all = [...inputs, ...outputs].filter(name => name !== 'gate' || takesGate(plan));
  const {TF_ATTR_INT, TF_ATTR_FLOAT} = backend.binding;
  const attrs = [
    {name: 'statistic', type: TF_ATTR_INT, value: 7},
    {name: 'wanted', type: TF_ATTR_INT, value: bitsOf(wanted ?? all)},
    {name: 'activation', type: TF_ATTR_INT, value: 5},
    {name: 'alpha', type: TF_ATTR_FLOAT, value: 0.5},
    {name: 'epsilon', type: TF_ATTR_FLOAT, value: 1e-3},
    {name: 'momentum', type: TF_ATTR_FLOAT, value: 0.5},
    {name: 'momentum_rest', type: TF_ATTR_FLOAT, value: 0},
  ];
  return tf.tidy(() => {
    const tensors = inputs.map(name => tf.ones([sizes[name] - (name === shorter ? 1 : 0)]));
    tensors.unshift(tf.tensor(plan, [plan.length], 'int32'));
    return backend.executeMultipleOutputs(op, attrs, tensors, outputs.length);
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

test.each(CALLS)('$kernel of $family refuses what does not fit', ({plan, ...call}) => {
  expect(errorOf({...call, plan})).toBe('');
  for (const input of OPS[call.kernel].inputs) {
    if (input === 'gate' && !takesGate(plan)) continue;
    expect(errorOf({...call, plan}, undefined, input)).toMatch(/does not fit/);
  }
  for (const end of [0, 5, -2]) {
    expect(errorOf({...call, plan: plan.slice(0, end)})).toContain('the plan does not fit x');
  }
  // Whatever else the plan says, nothing is read or written beyond the tensors: sanitizers see it.
  for (const i of [...Array(26).keys(), plan.length - 1].filter(i => i < plan.length)) {
    for (const value of [-(2 ** 31), -1, 0, 1, plan[i] + 1, 2 * plan[i], 1e9, 2 ** 31 - 1]) {
      const changed = plan.slice();
      changed[i] = value;
      for (const wanted of [undefined, ['dx']]) {
        expect(errorOf({...call, plan: changed}, wanted)).toMatch(/^$|fit|no plan/);
      }
    }
  }
});

test('plans of groups are refused where the kernel is of lines only', () => {
  const view = viewOf([4, 6], [1], []);
  const call = {view, plan: planOf(view, 'FusedNormalize')};
  expect(errorOf({...call, kernel: 'FusedNormalizeGiven'})).toContain('no plan of groups');
});

/** What says of each output whether it is wanted, and what else can be wanted. */
const WANTED: Record<KernelName, {outputs: string[]; others: string[]}> = {
  FusedNormalize: {outputs: ['y', 'stats', 'mean', 'mean', 'residual'], others: ['movingMean']},
  FusedNormalizeGrad: {outputs: ['dx', 'dgamma', 'dgamma'], others: ['dmean', 'dsum']},
  FusedNormalizeGiven: {outputs: ['y'], others: []},
};

test.each(CALLS)('outputs of $kernel of $family that are not wanted have no elements', call => {
  const {outputs, others} = WANTED[call.kernel];
  const choices = [...new Set([...outputs, ...others])];
  const sizes = execute(call).map(({size}) => size);
  for (let bits = 0; bits < 1 << choices.length; bits++) {
    const wanted = choices.filter((_, i) => (bits >> i) & 1);
    const expected = sizes.map((n, i) => (['y', ...wanted].includes(outputs[i]) ? n : 0));
    expect(execute(call, wanted).map(({size}) => size)).toEqual(expected);
  }
});
