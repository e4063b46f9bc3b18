/** Statistics of single values take all of x away, and the console says so, once for each op. */
import * as tf from '@tensorflow/tfjs-core';
import '../backends.js';
import * as tfn from '../../src/index.js';

let warn: jest.SpyInstance;

beforeAll(async () => {
  await tf.setBackend('cpu');
  tf.env().set('IS_TEST', false);
  warn = jest.spyOn(console, 'warn').mockImplementation();
});
beforeEach(() => warn.mockClear());
afterAll(() => {
  tf.env().set('IS_TEST', true);
  warn.mockRestore();
});

const random = (...shape: number[]) => tf.randomNormal(shape, 5, 1, 'float32', 1);
/** Without what tfjs says. */
const said = () =>
  (warn.mock.calls as string[][]).flat().filter(message => message.includes('each mean is'));

const values = (of: tf.Tensor) => Array.from(of.dataSync());

test('whatever has statistics of more values, or none, is no mistake', () => {
  tfn.batchNorm(random(2, 4));
  tfn.batchNorm(random(1, 2, 4));
  tfn.instanceNorm(random(2, 1, 4, 3));
  tfn.groupNorm(random(2, 4), {groups: 2});
  tfn.layerNorm(random(1, 4));
  tfn.layerNorm(random(4, 1), {rmsScaling: true});
  // These do not take the mean away.
  tfn.rmsNorm(random(4, 1));
  tfn.l2Normalize(random(4, 1));
  tfn.batchNormInference(random(1, 4), tf.ones([4]), tf.ones([4]));
  tfn.layers.batchNormalization().apply(random(1, 4));
  const empty = tf.zeros([1, 0]);
  for (const op of [tfn.batchNorm, tfn.instanceNorm, tfn.layerNorm]) op(empty);
  expect(said()).toEqual([]);
});

test('nor is a row by itself in batch renormalization, which is made for it', () => {
  const x = random(1, 4);
  const layer = tfn.layers.batchNormalization({renorm: true});
  const y = layer.apply(x, {training: true}) as tf.Tensor;
  // The running mean is 0, and the running standard deviation the root of 1.
  expect(values(tf.sub(y, x))).toEqual([0, 0, 0, 0]);
  expect(said()).toEqual([]);
});

test.each<[name: string, shape: number[], op: (x: tf.Tensor, beta: tf.Tensor) => tf.Tensor]>([
  ['batchNorm', [1, 4], (x, beta) => tfn.batchNorm(x, {beta}).y],
  ['instanceNorm', [3, 4], (x, beta) => tfn.instanceNorm(x, {beta})],
  ['groupNorm', [3, 1, 4], (x, beta) => tfn.groupNorm(x, {groups: 4, beta})],
  ['layerNorm', [3, 4, 1], (x, beta) => tfn.layerNorm(x, {axis: -1, beta: tf.slice(beta, 0, 1)})],
])('%s of %j is 0, or beta, which it says once', (name, shape, op) => {
  const x = random(...shape);
  expect(values(op(x, tf.zeros([4])))).toEqual(Array(x.size).fill(0));
  expect(values(op(x, tf.ones([4])))).toEqual(Array(x.size).fill(1));
  expect(said()).toEqual([
    `${name}: each mean is that of one value, since x has the shape [${shape.join(', ')}], ` +
      'so that the result is 0, or beta, whatever x is.',
  ]);
});

test('a layer says it too', async () => {
  await jest.isolateModulesAsync(async () => {
    const {layers} = await import('../../src/index.js');
    layers.batchNormalization({name: 'batch'}).apply(random(1, 4), {training: true});
    layers.instanceNormalization({name: 'instance'}).apply(random(2, 4));
  });
  expect(said().map(message => message.replace(/:.*/, ''))).toEqual(['batchNorm', 'groupNorm']);
});

test('not in production', async () => {
  await jest.isolateModulesAsync(async () => {
    const ops = await import('../../src/ops/index.js');
    tf.env().set('PROD', true);
    ops.batchNorm(random(1, 4));
    tf.env().set('PROD', false);
  });
  expect(said()).toEqual([]);
});
