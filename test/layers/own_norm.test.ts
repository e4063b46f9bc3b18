/** A user writes norms of his own on the base classes, with what the package exports alone. */
import * as tf from '@tensorflow/tfjs';
import * as tfn from '../../src/index.js';
import {expectClose} from '../close.js';
import {modelWith, normal, saveAndLoad, train, valuesOf} from '../models.js';

class ScaleNorm extends tfn.NormalizationLayer {
  static override readonly className = 'ScaleNorm';
  private readonly length = new tfn.Weight('length', {initializer: tf.initializers.ones()});
  protected plan(rank: number): tfn.Plan {
    return {axes: [rank - 1], weights: () => [[this.length, Array<number>(rank).fill(1)]]};
  }
  protected normalize(x: tf.Tensor): tf.Tensor {
    return tfn.normalize(x, {statistic: 'l2', gamma: this.length.read()});
  }
}

class ExampleNorm extends tfn.AffineLayer {
  static override readonly className = 'ExampleNorm';
  protected plan(rank: number): tfn.Plan {
    return {axes: [rank - 1], weights: channels => this.affine(channels)};
  }
  protected normalize(x: tf.Tensor): tf.Tensor {
    const axis = x.shape.map((_, i) => i).slice(1);
    return tfn.normalize(x, {axis, params: -1, epsilon: this.epsilon, ...this.params()});
  }
}

beforeAll(() => {
  tf.serialization.registerClass(ScaleNorm);
  tf.serialization.registerClass(ExampleNorm);
});

const x = normal([64, 3, 4]);

test.each<[string, () => tfn.NormalizationLayer, (x: tf.Tensor) => tf.Tensor]>([
  ['ScaleNorm', () => new ScaleNorm(), x => tf.div(x, tf.norm(x, 2, -1, true))],
  [
    'ExampleNorm',
    () => new ExampleNorm({epsilon: 0.5}),
    x => {
      const {mean, variance} = tf.moments(x, [1, 2], true);
      return tf.div(tf.sub(x, mean), tf.sqrt(tf.add(variance, 0.5)));
    },
  ],
])('%s runs on the fused kernels, trains, saves and loads', async (_, make, expected) => {
  const spy = jest.spyOn(tf.engine(), 'runKernel');
  const y = make().apply(x) as tf.Tensor;
  expect(spy.mock.calls.map(([name]) => name)).toContain('FusedNormalize');
  spy.mockRestore();
  expectClose(y, expected(x), 1e-5);

  const model = modelWith(make(), [3, 4]);
  const start = valuesOf(model.layers[1]);
  const losses = await train(model, x, 4);
  expect(losses[3]).toBeLessThan(losses[0]);
  valuesOf(model.layers[1]).forEach((values, i) => expect(values).not.toEqual(start[i]));
  const loaded = await saveAndLoad(model);
  expect(loaded.layers[1].constructor).toBe(model.layers[1].constructor);
  expectClose(loaded.predict(x) as tf.Tensor, model.predict(x) as tf.Tensor, 0);
});
