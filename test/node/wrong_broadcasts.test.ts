/** tfjs-node's TensorFlow does not broadcast these; so our compositions of tf ops do not either. */
import * as tf from '@tensorflow/tfjs';
import '../backends.js';
import * as tfn from '../../src/index.js';
import {MOMENTS} from '../../src/statistic.js';
import {expectClose} from '../close.js';
import {normalize64} from '../float64.js';
import {normal} from '../models.js';
import {VALUE} from '../tfjs/helpers.js';

const everyOther = (shape: number[]) => shape.map((_, i) => i).filter(i => i % 2 === 1);
const adaptable = (x: tf.Tensor) =>
  tfn.layers.normalization({axis: everyOther(x.shape)}).apply(x) as tf.Tensor;
const centered = (x: tf.Tensor) => tf.sub(x, tf.mean(x, everyOther(x.shape), true));

test.each([
  {name: 'tf.sub', op: centered},
  {name: 'layers.normalization', op: adaptable},
])('$name broadcasts 5 axes that alternate, and refuses 6', ({op}) => {
  const [five, six] = [
    [2, 3, 2, 3, 2],
    [2, 3, 2, 3, 2, 3],
  ].map(shape => normal(shape, 1));
  expect(op(five).shape).toEqual(five.shape);
  expect(() => op(six)).toThrow('is not supported yet');
});

test('a norm of our kernels takes 6', () => {
  const shape = [2, 3, 2, 3, 2, 3];
  const axis = everyOther(shape);
  const problem = {shape, reduced: axis, params: [], statistic: MOMENTS, epsilon: 1e-3};
  const x = normal(shape, 1);
  expectClose(tfn.layerNorm(x, {axis}), normalize64(x.dataSync(), [1], [0], problem).y, VALUE);
});
