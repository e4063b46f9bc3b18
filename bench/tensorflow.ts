/** Ops of TensorFlow itself, with which the native ops of the backend `tensorflow` are compared. */
import * as tf from '@tensorflow/tfjs';
import * as tfn from 'tfjs-normalization';
import type {NodeBackend} from '../src/kernels/backends/tensorflow/node_backend.js';
import {
  asAttrMap,
  FusedNormalize,
  FusedNormalizeGrad,
  type NormalizeAttrs,
} from '../src/kernels/contract.js';
import type {Data, Implementation, Pass} from './implementation.js';
import {forwardAttrs, gradAttrs, viewed} from './kernels.js';
import {inTurn, type Limit} from './limit.js';

const nodeBackend = () => tf.backend() as unknown as NodeBackend;

/** TensorFlow finds the types of an op's inputs by itself. */
const execute = (op: string, inputs: tf.Tensor[], outputs: number, attrs: Attr[] = []) =>
  nodeBackend().executeMultipleOutputs(op, attrs, inputs, outputs);

type Attr = {name: string; type: number; value: number};

/** The cases, with the native ops unless these are not to be had. */
export function versionsOfTensorflow(): Record<string, string> {
  const {path} = tfn.backendInfo();
  return {TensorFlow: `${nodeBackend().binding.TF_Version}, ${path} ops`};
}

/** TensorFlow's own ops with the traffic of each pass; see `limitsOf`. */
export function limitsOfTensorflow({x, dy}: Data, twice: boolean) {
  const step = (name: string, ...inputs: tf.Tensor[]): Limit => ({
    name,
    run: () => tf.dispose(execute(name, inputs, 1)),
  });
  const read = (...inputs: tf.Tensor[]) => (twice ? inputs.map(t => step('L2Loss', t)) : []);
  const forward = [...read(x), step('Snapshot', x)];
  const backward = [...read(x, dy), step('AddV2', x, dy)];
  const limits: Record<Pass, Limit[]> = {
    forward: [inTurn(...forward)],
    backward: [inTurn(...backward)],
    'forward + backward': [inTurn(...forward, ...backward)],
  };
  return {limits, dispose: () => undefined};
}

/** TensorFlow's op for the training of batch norm, which is one for the gradient as well. */
export const fusedBatchNorm: Implementation = {
  name: 'FusedBatchNormV3, FusedBatchNormGradV3',
  kind: 'TensorFlow op',
  bind: ({x, dy, gamma, beta}) => {
    // The op takes images only.
    if (tf.getBackend() !== 'tensorflow' || x.rank !== 4) return {passes: {}};
    const {TF_ATTR_FLOAT} = nodeBackend().binding;
    const attrs = [{name: 'epsilon', type: TF_ATTR_FLOAT, value: 1e-3}];
    const none = tf.tensor1d([]);
    const inputs = [x, gamma, beta, none, none];
    const forward = () => execute('FusedBatchNormV3', inputs, 6, attrs);
    const backward = (saved: tf.Tensor[]) =>
      execute('FusedBatchNormGradV3', [dy, x, gamma, ...saved], 5, attrs).slice(0, 3);
    const saved = tf.tidy(() => forward().slice(3));
    return {
      passes: {
        forward: () => tf.tidy(() => forward().slice(0, 1)),
        backward: () => tf.tidy(() => backward(saved)),
        'forward + backward': () => tf.tidy(() => backward(forward().slice(3))),
      },
      dispose: () => tf.dispose([none, saved]),
    };
  },
};

/** Our kernels where there are no native ops: on copies of the tensors. */
export const kernelsOnCopies = (attrs: NormalizeAttrs): Implementation => ({
  name: 'src/kernels/backends/tensorflow, no native ops',
  kind: 'no native ops',
  bind: (data, params) => {
    const {x, dy, gamma, beta} = viewed(data, params, attrs);
    // Older than what the native ops ask for.
    const {binding} = nodeBackend();
    const old = Object.create(binding, {TF_Version: {value: '2.4.0'}}) as typeof binding;
    const backend = Object.create(tf.backend(), {binding: {value: old}}) as tf.KernelBackend;
    const run = (name: string, inputs: tf.NamedTensorMap, attrs: NormalizeAttrs): tf.Tensor[] => {
      const {kernelFunc} = tf.getKernel(name, 'tensorflow')!;
      const infos = kernelFunc({inputs, backend, attrs: asAttrMap(attrs)}) as tf.TensorInfo[];
      return infos.map(info => tf.engine().makeTensorFromTensorInfo(info));
    };
    const forward = () => run(FusedNormalize, {x, gamma, beta}, forwardAttrs(attrs));
    const gradients = (stats: tf.Tensor) =>
      run(FusedNormalizeGrad, {dy, x, gamma, stats}, gradAttrs(attrs, params)).slice(
        0,
        1 + params.length,
      );
    const [y, stats] = forward();
    return {
      passes: {
        forward: () => tf.tidy(() => forward().slice(0, 1)),
        backward: () => tf.tidy(() => gradients(stats)),
        'forward + backward': () => tf.tidy(() => gradients(forward()[1])),
      },
      dispose: () => tf.dispose([x, dy, gamma, beta, y, stats]),
    };
  },
});
