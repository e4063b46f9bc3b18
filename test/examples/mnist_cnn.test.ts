import {parseOptions} from '../../examples/mnist-cnn/options.js';
import {findings, tableHead, tableRows} from '../../examples/mnist-cnn/summary.js';

const runs = [
  {label: 'batch norm', batchSize: 32, error: 0.02, milliseconds: 4},
  {label: 'none', batchSize: 32, error: 0.03, milliseconds: 3},
  {label: 'batch norm', batchSize: 2, error: 0.05, milliseconds: 2},
];

test('the table has a row for each network and a column for each batch', () => {
  expect([tableHead(runs), ...tableRows(runs)]).toEqual([
    ['test error (time of a step)', 'batches of 32', 'batches of 2'],
    ['batch norm', '2.00% (4.0 ms)', '5.00% (2.0 ms)'],
    ['none', '3.00% (3.0 ms)', '-'],
  ]);
});

test('the findings compare the largest batch with the smallest', () => {
  expect(findings(runs)[0]).toBe('Batch norm: 2.00% with batches of 32, 5.00% with batches of 2.');
});

test('options have defaults and are checked', () => {
  expect(parseOptions([])).toMatchObject({examples: 12800, batches: [32, 8, 4, 2], seed: 1});
  expect(parseOptions(['--batches', '4,1']).batches).toEqual([4, 1]);
  expect(() => parseOptions(['--batches', '4,0'])).toThrow(
    '--batches must be a whole number of at least 1, but is 0',
  );
  expect(() => parseOptions(['--examples', '31'])).toThrow(
    '--examples must be a whole number of at least 32, but is 31',
  );
});
