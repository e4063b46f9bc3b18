/** Convolutions take minutes on the other backends that Node has. */
import {expectExample} from '../run_example.js';

test('the convolutional networks train', () => {
  const options = '--examples 32 --batches 32 --backend tensorflow';
  expectExample('example:mnist-cnn', options, /^batch norm +\d/m);
}, 300_000);
