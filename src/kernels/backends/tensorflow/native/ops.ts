import type {KernelName} from '../../../contract.js';
import {usesGpu} from '../device.js';
import type {Attr, NodeBackend} from '../node_backend.js';
import {loadAddon} from './addon.js';

/** The ops of native/ops.c, by the kernels that they are. */
export const OPS: Readonly<Record<KernelName, string>> = {
  FusedNormalize: 'TfnNormalizeV5',
  FusedNormalizeGrad: 'TfnNormalizeGradV5',
  FusedNormalizeGiven: 'TfnNormalizeGivenV5',
};

const checked = new WeakMap<NodeBackend, string | null>();

/** Why the backend does not run the native ops, or null if it does. The first call loads them. */
export function whyNotNative(backend: NodeBackend): string | null {
  let reason = checked.get(backend);
  if (reason === undefined) {
    reason = load(backend);
    checked.set(backend, reason);
  }
  return reason;
}

function load(backend: NodeBackend): string | null {
  if (usesGpu(backend)) return 'TensorFlow uses a GPU';
  const [major, minor] = backend.binding.TF_Version.split('.').map(Number);
  if (major !== 2 || minor < 5)
    return `TensorFlow ${backend.binding.TF_Version} is not 2.5 or later`;
  try {
    const {addon, binding, cores} = loadAddon();
    const reason = addon.register(binding);
    if (reason != null) return reason;
    addon.threads(cores);
  } catch (error) {
    return `no addon: ${messageOf(error).split('\n')[0]}`;
  }
  return probe(backend);
}

/** The attributes of an op: how many arrays it gets and gives. */
export function countsOf({binding}: NodeBackend, inputs: number, outputs: number): Attr[] {
  return [
    {name: 'N', type: binding.TF_ATTR_INT, value: inputs},
    {name: 'M', type: binding.TF_ATTR_INT, value: outputs},
  ];
}

const [INVALID_ARGUMENT, NOT_FOUND] = [3, 5];

/** Why the ops are not there, by the error of a call without inputs; null if they are. */
function probe(backend: NodeBackend): string | null {
  let message = '';
  try {
    backend.executeMultipleOutputs(OPS.FusedNormalize, countsOf(backend, 1, 1), [], 1);
  } catch (error) {
    if (hasStatus(error, INVALID_ARGUMENT)) return null;
    if (hasStatus(error, NOT_FOUND)) {
      return 'the backend uses another TensorFlow than the first one loaded';
    }
    message = messageOf(error);
  }
  return `TensorFlow's answer is not understood: ${message}`;
}

/** Whether TensorFlow, by tfjs-node, raised an error of that status. */
export const hasStatus = (error: unknown, status: number): boolean =>
  new RegExp(`TF_Status: ${status}\\b`).test(messageOf(error));

// Errors of a binding may be those of another realm.
const messageOf = (error: unknown): string => String((error as {message?: unknown}).message);
