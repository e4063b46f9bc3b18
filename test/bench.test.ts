import * as tf from '@tensorflow/tfjs';
import {CASES} from '../bench/cases.js';
import {composition} from '../bench/implementation.js';
import {quantile, ratioTo, timeInterleaved, turnsOf} from '../bench/measure.js';
import {digits, type Environment, type Row, summarize, toMarkdown} from '../bench/report.js';
import {errorOf, type Options, type Result, runCases} from '../bench/run.js';

describe('the measurement', () => {
  test('quantiles are interpolated', () => {
    expect(quantile([3, 1, 2], 0.5)).toBe(2);
    expect(quantile([4, 2], 0.25)).toBe(2.5);
    expect(quantile([7], 0.1)).toBe(7);
  });

  test('a ratio lies within its spread', () => {
    expect(ratioTo([1, 2], [10, 20])).toEqual({best: 10, from: 11 / 1.9, to: 19 / 1.1});
  });

  test('slow tasks take part in three rounds, quick ones in all', () => {
    const turns = (milliseconds: number) => turnsOf(milliseconds, 10).filter(Boolean).length;
    expect([1, 500, 1000, 1e5].map(turns)).toEqual([10, 10, 5, 3]);
    expect(turnsOf(1e5, 2)).toEqual([true, true]);
  });

  test('each round runs each task once, whether or not it is asynchronous', async () => {
    const wait = () => new Promise<void>(resolve => setTimeout(resolve, 60));
    const order: string[] = [];
    const busy = () => {
      for (const start = performance.now(); performance.now() < start + 5;);
    };
    const tasks = [
      {
        run: () => {
          busy();
          order.push('first');
        },
      },
      {run: () => undefined, finish: () => wait().then(() => void order.push('second'))},
    ];
    const timings = await timeInterleaved(tasks, {...ONCE, rounds: 3});
    expect(timings.map(({samples, calls}) => [samples.length, calls])).toEqual([
      [3, 1],
      [3, 1],
    ]);
    const rounds = [0, 1, 2].map(round => new Set(order.slice(2 + 2 * round, 4 + 2 * round)));
    for (const round of rounds) expect(round).toEqual(new Set(['first', 'second']));
  });

  test('an error is relative to the root mean square', () => {
    expect(errorOf(Float32Array.of(1, 2), Float32Array.of(1, 1))).toBe(1);
    expect(errorOf(Float32Array.of(NaN, 1), Float32Array.of(1, 1))).toBeNaN();
    expect(errorOf(Float32Array.of(1), Float32Array.of(1, 1))).toBeNaN();
  });
});

const ONCE: Options = {
  only: /./,
  smoke: true,
  onHost: true,
  rounds: 1,
  warmUp: 0,
  rest: () => Promise.resolve(),
};

async function run(cases: typeof CASES, options = ONCE): Promise<Result[][]> {
  const results: Result[][] = [];
  for await (const result of runCases(cases, options)) results.push(result);
  return results;
}

describe('the benchmark on tiny shapes', () => {
  test('runs every case', async () => {
    const before = tf.memory().numTensors;
    const all = await run(CASES);
    expect(all).toHaveLength(2 * CASES.length);
    for (const results of all) {
      expect(results[0].kind).toBe('ours');
      expect(results.length).toBeGreaterThan(1);
      for (const {samples} of results) expect(samples).toEqual([expect.any(Number)]);
    }
    expect(tf.memory().numTensors).toBe(before);
  }, 60_000);

  test('waits for backends that are not synchronous', async () => {
    const before = tf.memory().numTensors;
    const [results] = await run(CASES.slice(-1), {...ONCE, onHost: false});
    expect(results.at(-1)).toMatchObject({kind: 'copy', name: 'tf.neg'});
    expect(tf.memory().numTensors).toBe(before);
  });

  test('runs what is asked for', async () => {
    const [results, ...others] = await run(CASES, {...ONCE, only: /^layerNorm .* backward/});
    expect(results[0]).toMatchObject({case: 'layerNorm [3, 768]', pass: 'forward + backward'});
    expect(others).toHaveLength(1);
  });

  test('fails if an implementation computes something else', async () => {
    const wrong = composition('wrong', ({x}) => tf.mul(x, 2));
    const cases = CASES.slice(0, 1).map(c => ({...c, rivals: [wrong]}));
    await expect(run(cases)).rejects.toThrow(/layerNorm \[3, 768\] forward: .* wrong differ by/);
  });
});

describe('the report', () => {
  const common = {case: 'norm [2]', pass: 'forward', calls: 1, bytes: 2e6} as const;
  const results: Result[] = [
    {...common, kind: 'ours', name: 'norm', samples: [2, 2], error: 0},
    {...common, kind: 'composition', name: 'tf.add', samples: [250, 250], error: 2e-7, calls: 3},
    {...common, kind: 'copy', name: 'set', samples: [1, 1], error: 0},
  ];
  const environment: Environment = {
    package: 'ours 1.0.0',
    backend: 'cpu',
    machine: {cpu: 'CPU', cores: 2, memoryGB: 8, platform: 'linux x64'},
    node: '20.0.0',
    packages: {tfjs: '4.22.0'},
    date: '2000-01-01',
    rounds: 2,
    loadAverage: [0, 1],
  };

  test('sums up', () => {
    const [ours, rival, copy] = summarize(results);
    expect(ours).toMatchObject({
      p10: 2,
      median: 2,
      ratio: null,
      gigabytesPerSecond: 1,
      ofCopy: 0.5,
    });
    expect(rival).toMatchObject({rounds: 2, ratio: {best: 125, from: 125, to: 125}});
    expect(copy).toMatchObject({ratio: null, ofCopy: 1});
  });

  test('leaves the traffic out where nothing reaches the memory', () => {
    const [row] = summarize(results.map(result => ({...result, bytes: 1000})));
    expect(row).toMatchObject<Partial<Row>>({gigabytesPerSecond: null, ofCopy: null});
  });

  test('is a table', () => {
    expect(toMarkdown(environment, summarize(results)).split('\n')).toEqual([
      'Backend `cpu`; ours 1.0.0; tfjs 4.22.0; Node 20.0.0; CPU, 2 cores, 8 GB, linux x64; ' +
        '2000-01-01; 2 rounds, fewer for what is slow; load average 0.0 before and 1.0 after',
      '',
      '| | | p10 ms | median ms | rounds | times ours | GB/s | of a copy | difference |',
      '|---|---|--:|--:|--:|--:|--:|--:|--:|',
      '| **norm [2]** | **forward** | | | | | | | |',
      '| norm | ours | 2.00 | 2.00 | 2 |  | 1.00 | 0.500 |  |',
      '| tf.add | composition | 250 | 250 | 2 × 3 | **125** (125–125) | 0.00800 | 0.00400 | 2e-7 |',
      '| set | copy | 1.00 | 1.00 | 2 |  | 2.00 | 1.00 |  |',
      '',
    ]);
  });

  test('numbers have three digits', () => {
    expect([0.00123456, 1, 99.99, 12345].map(digits)).toEqual([
      '0.00123',
      '1.00',
      '100.0',
      '12345',
    ]);
  });
});
