import {expectExample} from './run_example.js';

test('the networks with sigmoids train', () => {
  expectExample('start', '--steps 2', /^batch norm \(tfn\) +2 /m);
}, 300_000);

test('the character transformers train', () => {
  const options = '--steps 2 --seeds 1 --width 4 --context 4 --batch 2 --backend cpu';
  expectExample('example:char-transformer', options, /^PowerNorm +\d/m);
}, 300_000);

test('the networks that draw digits train', () => {
  const options = '--steps 2 --batch 4 --width 4 --judged 1 --backend cpu';
  expectExample('example:mnist-generator', options, /^adaptive norm +\d/m);
}, 300_000);

test('raw and normalized features train', () => {
  const options = '--steps 19 --seeds 1 --backend cpu';
  // The eigenvalues of the data say that it takes 18 steps at a learning rate of 0.1.
  expectExample('example:feature-scaling', options, /^Normalization +154 +0\.22 +0\.1 +18 /m);
}, 300_000);

test('embeddings and attention train', () => {
  expectExample('example:similarity', '--steps 1 --seeds 1 --backend wasm', /^L1 of relu +\d/m);
}, 300_000);
