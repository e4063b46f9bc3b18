import * as tf from '@tensorflow/tfjs';
import {CausalAttention} from '../../examples/char-transformer/layers/causal_attention.js';
import {TokenEmbedding} from '../../examples/char-transformer/layers/token_embedding.js';
import {saveAndLoad} from '../layers/layer_test.js';

function transformer(): tf.LayersModel {
  const input = tf.input({shape: [5]});
  const embedded = new TokenEmbedding({tokens: 7, width: 4, seed: 1}).apply(input);
  const output = new CausalAttention({heads: 2, seed: 3}).apply(embedded);
  return tf.model({inputs: input, outputs: output as tf.SymbolicTensor});
}

const text = (...tokens: number[]) => tf.tensor2d([tokens], undefined, 'int32');

test('no position sees those behind it, and each sees those before it', () => {
  const model = transformer();
  const outputs = (x: tf.Tensor) => (model.predict(x) as tf.Tensor3D).arraySync()[0];
  const [one, other] = [outputs(text(1, 2, 3, 4, 5)), outputs(text(1, 2, 6, 4, 5))];
  expect(other.slice(0, 2)).toEqual(one.slice(0, 2));
  for (const position of [2, 3, 4]) expect(other[position]).not.toEqual(one[position]);
});

test('a model of these layers can be saved and loaded', async () => {
  const model = transformer();
  const loaded = await saveAndLoad(model);
  const x = text(1, 2, 3, 4, 5);
  expect((loaded.predict(x) as tf.Tensor).dataSync()).toEqual(
    (model.predict(x) as tf.Tensor).dataSync(),
  );
});

test('every weight is trained', () => {
  const model = transformer();
  const {grads} = tf.variableGrads(() => tf.sum(model.apply(text(1, 2, 3, 4, 5)) as tf.Tensor));
  expect(Object.keys(grads)).toHaveLength(4);
  for (const grad of Object.values(grads)) {
    expect(tf.max(tf.abs(grad)).dataSync()[0]).toBeGreaterThan(0);
  }
});
