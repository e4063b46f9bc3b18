/** How tfjs is replaced and given back. */
import * as tf from '@tensorflow/tfjs';
import '@tensorflow/tfjs-backend-wasm';
import * as tfn from '../../src/index.js';
import {expectClose} from '../close.js';
import {kernelsRun} from '../kernels_run.js';
import {normal} from '../models.js';
import {makeLayer, run} from '../tfjs/helpers.js';

const {classNameMap} = tf.serialization.SerializationMap.getMap();
const ON = ['cpu', 'wasm', 'webgl'];

/** All that `accelerate` touches: it must be the same objects again. */
const touched = () => ({
  calls: ['BatchNormalization', 'LayerNormalization'].map(
    name => (classNameMap[name][0].prototype as unknown as {call: unknown}).call,
  ),
  kernels: ['FusedBatchNorm', 'FusedNormalizeGiven'].flatMap(name =>
    ON.map(backend => tf.getKernel(name, backend)),
  ),
  gradient: tf.getGradient('FusedBatchNorm'),
});
type Touched = ReturnType<typeof touched>;
const everyTouched = ({calls, kernels, gradient}: Touched) => [...calls, ...kernels, gradient];

let before: Touched;

beforeAll(async () => {
  await tf.setBackend('cpu');
  before = touched();
});

/** Whether tfjs is as it was, to the last object. */
const isAsBefore = () => everyTouched(touched()).map((one, i) => one === everyTouched(before)[i]);
const expectAsBefore = () => expect(isAsBefore()).not.toContain(false);

const layer = () => {
  const made = makeLayer('tfjs', 'layerNormalization', {});
  made.apply(tf.ones([2, 3]));
  return made;
};
/** Our kernels that tfjs's own functions run. */
async function ours() {
  const x = normal([4, 3]);
  const [norm, vector] = [layer(), tf.ones([3]) as tf.Tensor1D];
  const names = [
    await kernelsRun(() => void run(norm, x)),
    await kernelsRun(() => void tf.batchNorm(x, vector, vector)),
  ];
  return {layers: names[0].has('FusedNormalize'), kernels: names[1].has('FusedNormalizeGiven')};
}

async function expectNothingInForce() {
  expectAsBefore();
  expect(await ours()).toEqual({layers: false, kernels: false});
}
afterEach(expectNothingInForce);

const warn = jest.spyOn(console, 'warn').mockImplementation();
const expectNoWarning = () => expect(warn.mock.calls).toEqual([]);
afterEach(expectNoWarning);

test.each([
  [undefined, {layers: true, kernels: true}],
  [{}, {layers: true, kernels: true}],
  [{kernels: false}, {layers: true, kernels: false}],
  [{layers: false}, {layers: false, kernels: true}],
])('accelerate(%j) puts in force %j, and its undo takes it back', async (config, expected) => {
  const undo = tfn.accelerate(config);
  expect(await ours()).toEqual(expected);
  expect(tfn.backendInfo()).toEqual({backend: 'cpu', path: 'fused', accelerated: expected});
  undo();
  expect(tfn.backendInfo()).toEqual({backend: 'cpu', path: 'fused'});
  undo();
});

test('accelerate({layers: false, kernels: false}) changes nothing', () => {
  const undo = tfn.accelerate({layers: false, kernels: false});
  expectAsBefore();
  expect(tfn.backendInfo().accelerated).toBeUndefined();
  undo();
});

test.each(['first', 'last'])(
  'of several calls, ours stay until all are undone, the %s one first',
  async order => {
    const undos = [
      tfn.accelerate(),
      tfn.accelerate({layers: false}),
      tfn.accelerate({kernels: false}),
    ];
    const inForce = touched();
    if (order === 'last') undos.reverse();
    undos[0]();
    undos[0]();
    expect(everyTouched(touched()).map((one, i) => one === everyTouched(inForce)[i])).not.toContain(
      false,
    );
    undos[1]();
    const left = order === 'last' ? {layers: true, kernels: true} : {layers: true, kernels: false};
    expect(await ours()).toEqual(left);
    expect(tfn.backendInfo().accelerated).toEqual(left);
    undos[2]();
  },
);

test('two copies of this package share what is in force', async () => {
  const undo = tfn.accelerate();
  const inForce = touched();
  let undoCopy: () => void = () => undefined;
  jest.isolateModules(() => {
    // The copy has the same tfjs.
    for (const name of ['core', 'layers']) {
      const path = `@tensorflow/tfjs-${name}`;
      const same = name === 'core' ? tf : {...tf, version_layers: tf.version['tfjs-layers']};
      jest.doMock(path, () => same);
    }
    const copy = jest.requireActual<typeof tfn>('../../src/index.js');
    expect(copy.accelerate).not.toBe(tfn.accelerate);
    undoCopy = copy.accelerate();
  });
  expect(touched()).toEqual(inForce);
  undo();
  expect(await ours()).toEqual({layers: true, kernels: true});
  undoCopy();
});

test('what others put over ours stays, and ours beneath it rests', async () => {
  const undo = tfn.accelerate();
  const {prototype} = classNameMap['LayerNormalization'][0] as unknown as {
    prototype: {call: (...args: unknown[]) => unknown};
  };
  const spy = jest.spyOn(prototype, 'call');
  const over = prototype.call;
  const names = () => kernelsRun(() => void run(layer(), normal([4, 3])));
  expect((await names()).has('FusedNormalize')).toBe(true);
  undo();
  expect(prototype.call).toBe(over);
  expect((await names()).has('FusedNormalize')).toBe(false);
  expect(spy).toHaveBeenCalledTimes(4);
  spy.mockRestore();
  // The spy put back our function, at rest; the next ones wake it.
  expect(isAsBefore()).toContain(false);
  tfn.accelerate()();
});

test('a kernel that a program registers over ours stays', () => {
  const undo = tfn.accelerate();
  const own = {...before.kernels[0]!};
  tf.unregisterKernel('FusedBatchNorm', 'cpu');
  tf.registerKernel(own);
  undo();
  expect(tf.getKernel('FusedBatchNorm', 'cpu')).toBe(own);
  tf.unregisterKernel('FusedBatchNorm', 'cpu');
  tf.registerKernel(before.kernels[0]!);
});

test('a gradient that a second tfjs registers over ours is replaced as well', () => {
  const undo = tfn.accelerate();
  const inForce = tf.getGradient('FusedBatchNorm');
  tf.registerGradient(before.gradient);
  const vector = tf.ones([3]) as tf.Tensor1D;
  // Without a scale, tfjs's own fails.
  const f = (x: tf.Tensor) => tf.batchNorm(x, vector, vector, vector);
  expectClose(tf.grad(f)(tf.ones([2, 3])), Array(6).fill(1 / Math.sqrt(1 + 1e-3)), 1e-6);
  expect(tf.getGradient('FusedBatchNorm')).not.toBe(inForce);
  undo();
});

test('replaceTfjsLayers goes with it', async () => {
  const undos = [tfn.replaceTfjsLayers(), tfn.accelerate()];
  expect(await ours()).toEqual({layers: true, kernels: true});
  undos.reverse().forEach(undo => undo());
});

test('a backend without kernels runs as before', async () => {
  const cpu = tf.findBackendFactory('cpu')() as tf.KernelBackend;
  tf.registerBackend('foreign', () => cpu);
  tf.copyRegisteredKernels('cpu', 'foreign');
  for (const {kernelName} of tf.getKernelsForBackend('foreign'))
    if (kernelName.startsWith('FusedNormalize')) tf.unregisterKernel(kernelName, 'foreign');
  await tf.setBackend('foreign');
  const x = normal([4, 3]);
  const params = [1, 2, 3, 4].map(seed => tf.square(normal([3], seed)) as tf.Tensor1D);
  const results = () => [
    run(layer(), x),
    ...tf.grads((x, mean, variance, offset, scale) =>
      tf.batchNorm(
        x,
        mean as tf.Tensor1D,
        variance as tf.Tensor1D,
        offset as tf.Tensor1D,
        scale as tf.Tensor1D,
      ),
    )([x, ...params]),
  ];
  const expected = results().map(t => t.dataSync());
  const undo = tfn.accelerate();
  expect(tfn.backendInfo()).toMatchObject({backend: 'foreign', path: 'reference'});
  expect(await ours()).toEqual({layers: false, kernels: false});
  expect(results().map(t => t.dataSync())).toEqual(expected);
  undo();
  await tf.setBackend('cpu');
  tf.removeBackend('foreign');
});

test("a backend that is set later sets up tfjs's own kernel too", async () => {
  const undo = tfn.accelerate();
  await tf.setBackend('wasm');
  const x = tf.tensor2d([[1, 4, 9]]);
  expectClose(tf.batchNorm(x, tf.zerosLike(x), x, undefined, undefined, 0), [1, 2, 3], 1e-6);
  await tf.setBackend('cpu');
  undo();
});

const any = (value: unknown) => value as never;

test.each([
  [
    'accelerate: layer is not an option; did you mean layers?',
    () => tfn.accelerate(any({layer: true})),
  ],
  [
    'accelerate: layers must be true or false, but is "all".',
    () => tfn.accelerate(any({layers: 'all'})),
  ],
  [
    'accelerate: kernels must be true or false, but is [].',
    () => tfn.accelerate(any({kernels: []})),
  ],
  [
    'accelerate: must be called as accelerate({layers, kernels, registerOp}), but its argument 1 is false.',
    () => tfn.accelerate(any(false)),
  ],
])('says %j, and changes nothing', (message, call) => {
  expect(call).toThrow(new Error(message));
});
