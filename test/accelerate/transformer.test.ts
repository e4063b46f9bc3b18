/** tfjs's own transformer, which tfjs-layers does not export by name. */
import {join} from 'node:path';
import * as tf from '@tensorflow/tfjs';
import {buildSync} from 'esbuild';
import * as tfn from '../../src/index.js';
import {expectClose} from '../close.js';
import {kernelsRun} from '../kernels_run.js';
import {normal} from '../models.js';

type Class = new (args: object) => tf.layers.Layer;

/** Bundled for Node, the single files of tfjs-layers stand on classes of theirs, not on those that it exports. */
function classOf(name: string, file: string): Class {
  const path = `@tensorflow/tfjs-layers/dist/layers/nlp/${file}.js`;
  const {outputFiles} = buildSync({
    stdin: {
      contents: `export {${name}} from '${path}';`,
      resolveDir: join(__dirname, '../..'),
    },
    bundle: true,
    format: 'cjs',
    platform: 'node',
    external: ['@tensorflow/tfjs-core'],
    write: false,
  });
  const module: {exports: Record<string, Class>} = {exports: {}};
  // eslint-disable-next-line @typescript-eslint/no-implied-eval, @typescript-eslint/no-unsafe-call
  new Function('module', 'require', outputFiles[0].text)(module, () => tf);
  return module.exports[name];
}

// The two bundles number the names of their variables each by itself.
afterEach(() => tf.disposeVariables());

test('runs on our kernels, though it was made before', async () => {
  await tf.setBackend('cpu');
  const decoder = new (classOf('TransformerDecoder', 'modeling/transformer_decoder'))({
    intermediateDim: 8,
    numHeads: 2,
    dropout: 0,
  });
  const x = normal([2, 3, 4]);
  const decode = () => decoder.apply(x) as tf.Tensor;
  const y = decode();
  // It cannot train: tfjs has no gradient for its tf.einsum.
  expect(() => tf.grad(decode)(x)).toThrow('gradient function not found for Einsum');
  const isFast = async () => (await kernelsRun(() => void decode())).has('FusedNormalize');
  expect(await isFast()).toBe(false);

  const undo = tfn.accelerate();
  expect(await isFast()).toBe(true);
  expectClose(decode(), y, 2e-6);

  undo();
  expect(await isFast()).toBe(false);
});

test('so does GPT-2', async () => {
  await tf.setBackend('cpu');
  const sizes = {vocabularySize: 7, numLayers: 2, numHeads: 2, hiddenDim: 4, intermediateDim: 8};
  const args = {...sizes, dropout: 0, maxSequenceLength: 3};
  const model = new (classOf('GPT2Backbone', 'models/gpt2/gpt2_backbone'))(args);
  const inputs = [tf.tensor2d([[1, 5, 2]], undefined, 'int32'), tf.ones([1, 3], 'int32')]; // prettier-ignore
  const predict = () => (model as unknown as tf.LayersModel).predict(inputs) as tf.Tensor;
  const y = predict();

  const undo = tfn.accelerate();
  expect((await kernelsRun(() => void predict())).has('FusedNormalize')).toBe(true);
  expectClose(predict(), y, 2e-6);
  undo();
});
