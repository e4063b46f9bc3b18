import {spawnSync} from 'node:child_process';
import {join} from 'node:path';
import * as tf from '@tensorflow/tfjs';
import '@tensorflow/tfjs-backend-wasm';
import {CASES} from '../bench/cases.js';
import {composition} from '../bench/implementation.js';
import {MODULE} from '../bench/limit_module.js';
import {timeInterleaved, turnsOf} from '../bench/measure.js';
import {onnxModel} from '../bench/onnx/model.js';
import {type Environment, replaceBlock, type Row, summarize, toMarkdown} from '../bench/report.js';
import {peakOf} from '../bench/programs/peak.js';
import {tableOf} from '../bench/programs/table.js';
import {moduleBytes} from '../src/kernels/host/module_bytes.js';
import {errorOf, type Result} from '../bench/run.js';
import {assertSame} from './close.js';
import {ONCE, runBench} from './run_bench.js';

test.each([
  ['--help', 0, 'stdout', /^npm run bench/],
  ['--halp', 1, 'stderr', /^Unknown option '--halp'\n/],
] as const)('%s says what there is', (option, expected, stream, start) => {
  const args = ['--import', 'tsx', 'bench/main.ts', option];
  const cwd = join(__dirname, '..');
  const {status, ...streams} = spawnSync(process.execPath, args, {cwd, encoding: 'utf8'});
  expect(status).toBe(expected);
  expect(streams[stream]).toMatch(start);
  expect(streams[stream]).toMatch(
    /^npm run bench -- \[--backend NAME\] .+\n\n {2}--backend NAME {3}measures one/m,
  );
  expect(streams[stream === 'stdout' ? 'stderr' : 'stdout']).toBe('');
});

describe('the measurement', () => {
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
      order.push('first');
    };
    const tasks = [
      {run: busy},
      {run: () => undefined, finish: () => wait().then(() => void order.push('second'))},
    ];
    const timings = await timeInterleaved(tasks, {...ONCE, rounds: 3});
    for (const {samples, calls} of timings) expect([samples.length, calls]).toEqual([3, 1]);
    const rounds = [0, 1, 2].map(round => new Set(order.slice(2 + 2 * round, 4 + 2 * round)));
    for (const round of rounds) expect(round).toEqual(new Set(['first', 'second']));
  });

  test('an error is relative to the root mean square', () => {
    expect(errorOf(Float32Array.of(1, 2), Float32Array.of(1, 1))).toBe(1);
    expect(errorOf(Float32Array.of(NaN, 1), Float32Array.of(1, 1))).toBeNaN();
    expect(errorOf(Float32Array.of(1), Float32Array.of(1, 1))).toBeNaN();
  });
});

test("a model of ONNX is byte for byte what ONNX's own helpers write", () => {
  const model = onnxModel([2, 300], {
    name: 'LayerNormalization',
    opset: 17,
    constants: [{name: 'gamma', shape: [2], values: Float32Array.of(1, -2.5)}],
    outputs: [{name: 'M', shape: [2]}],
    ints: {axis: -1},
    floats: {epsilon: 1e-3},
  });
  // onnx 1.19.1: make_node, make_graph and make_model with ir_version 10, SerializeToString.
  expect(Buffer.from(model).toString('base64')).toBe(
    'CAo6twEKTQoBWAoFZ2FtbWESAVkSAU0iEkxheWVyTm9ybWFsaXphdGlvbioUCgRheGlzGP///////////wGgAQIq' +
      'EQoHZXBzaWxvbhVvEoM6oAEBEhJMYXllck5vcm1hbGl6YXRpb24qFQgCEAFCBWdhbW1hSggAAIA/AAAgwFoUCgFY' +
      'Eg8KDQgBEgkKAggCCgMIrAJiFAoBWRIPCg0IARIJCgIIAgoDCKwCYg8KAU0SCgoICAESBAoCCAJCBAoAEBE=',
  );
});

test('the loops of the limit read and write all elements', () => {
  const memory = new WebAssembly.Memory({initial: 1, maximum: 2 ** 16});
  const module = new WebAssembly.Module(moduleBytes(MODULE));
  const loops = new WebAssembly.Instance(module, {env: {memory}}).exports as Record<
    'copy' | 'triad' | 'read' | 'read_two',
    (...args: number[]) => unknown
  >;
  // Neither whole vectors nor whole sets of them.
  const n = 37;
  const [x, dy, out] = [64, 1024, 2048].map(at => new Float32Array(memory.buffer, at, n));
  x.forEach((_, i) => ((x[i] = i), (dy[i] = 100 * i)));
  const sum = (n * (n - 1)) / 2;
  expect([loops.read(64, n), loops.read_two(64, 1024, n)]).toEqual([sum, 101 * sum]);
  loops.copy(64, 2048, n);
  expect(out).toEqual(x.map(value => -value));
  loops.triad(64, 1024, 2048, n);
  expect(out).toEqual(x.map(value => 102 * value));
});

describe('the benchmark on tiny shapes', () => {
  let before: number;
  beforeEach(async () => {
    await tf.setBackend('cpu');
    before = tf.memory().numTensors;
  });
  afterEach(() => assertSame('tensors', [tf.memory().numTensors], [before]));

  test('runs every case', async () => {
    const all = await runBench(CASES);
    // Batch norm at inference has no backward kernel.
    expect(all).toHaveLength(3 * CASES.length - 2);
    for (const results of all) {
      const kinds = results.map(({kind}) => kind);
      expect(kinds[0]).toBe('ours');
      expect(kinds).toContain('limit');
      const {op, pass, name} = results[0];
      expect(kinds.includes('tf.relu')).toBe(pass !== 'backward');
      expect(kinds.includes('plain loops')).toBe(op !== 'batchNormInference');
      expect(name).toBe(pass === 'backward' ? `${op}, kernels` : op);
      for (const {samples} of results) expect(samples).toEqual([expect.any(Number)]);
    }
  }, 60_000);

  test('runs on wasm, its limit on the very tensors', async () => {
    await tf.setBackend('wasm');
    const all = await runBench(CASES.filter(({ours}) => /^(layer|group)Norm/.test(ours.name)));
    expect(all.every(results => results.some(({kind}) => kind === 'limit'))).toBe(true);
  });

  test('waits for backends that are not synchronous', async () => {
    const [results] = await runBench(CASES.slice(-1), {...ONCE, onHost: false});
    const limits = results.filter(({kind}) => kind === 'limit').map(({name}) => name);
    expect(limits).toEqual([expect.stringMatching(/^tf[.]/)]);
    expect(results.map(({kind}) => kind)).not.toContain('plain loops');
  });

  test('runs what is asked for', async () => {
    const only = /^layerNorm .3, 768. .*\+ backward/;
    const [[{op, shape, pass}], ...others] = await runBench(CASES, {...ONCE, only});
    expect([op, shape, pass]).toEqual(['layerNorm', '[3, 768]', 'forward + backward']);
    // The same norm on many rows, which are as few here.
    expect(others).toHaveLength(1);
  });
});

test('fails if an implementation computes something else', async () => {
  const wrong = composition('wrong', ({x}) => tf.mul(x, 2));
  const cases = CASES.slice(0, 1).map(c => ({...c, rivals: [wrong]}));
  await expect(runBench(cases)).rejects.toThrow(/layerNorm \[3, 768\] forward: .* wrong differ by/);
});

describe('the report', () => {
  const common = {op: 'layerNorm', shape: '[2]', pass: 'forward', calls: 1, bytes: 2e6} as const;
  const results: Result[] = [
    {...common, kind: 'ours', name: 'norm', samples: [1.9, 2.9], error: 0},
    {...common, kind: 'composition', name: 'tf.add', samples: [250, 250], error: 2e-7, calls: 3},
    {...common, kind: 'composition', name: 'tf.sub', samples: [40, 40], error: 0},
    {...common, kind: 'limit', name: 'set', samples: [1, 1], error: 0},
    {...common, kind: 'limit', name: 'loop', samples: [1.5, 1.5], error: 0},
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
  const sentence =
    'Backend `cpu`; ours 1.0.0; tfjs 4.22.0; Node 20.0.0; CPU, 2 cores, 8 GB, linux x64; ' +
    '2000-01-01; 2 rounds, fewer for what is slow; load average 0.0 before and 1.0 after';
  const head = ['| | | | ours, ms | of the limit | composition |', '|---|---|---|--:|--:|--:|'];
  const line = '| layerNorm | [2] | forward | 2.00 | 0.50 | 20.0 × |';

  test('is a summary, of the fastest of each kind, and a table', () => {
    expect(toMarkdown(environment, summarize(results)).split('\n')).toEqual([
      ...[sentence, '', ...head, line, ''],
      '| | | p10 ms | median ms | rounds | times ours | GB/s | of the limit | difference |',
      '|---|---|--:|--:|--:|--:|--:|--:|--:|',
      '| **layerNorm [2]** | **forward** | | | | | | | |',
      '| norm | ours | 2.00 | 2.40 | 2 |  | 1.00 | 0.500 |  |',
      '| tf.add | composition | 250 | 250 | 2 × 3 | **125** (89.3–125) | 0.00800 | 0.00400 | 2e-7 |',
      '| tf.sub | composition | 40.0 | 40.0 | 2 | **20.0** (14.3–20.0) | 0.0500 | 0.0250 |  |',
      '| set | limit | 1.00 | 1.00 | 2 |  | 2.00 | 1.00 |  |',
      '| loop | limit | 1.50 | 1.50 | 2 |  | 1.33 | 0.667 |  |',
      '',
    ]);
    // Nothing of a small tensor reaches the memory.
    const [row] = summarize(results.map(result => ({...result, bytes: 1000})));
    expect(row).toMatchObject<Partial<Row>>({gigabytesPerSecond: null, ofLimit: null});
  });

  test('compares with tf.relu where it was measured', () => {
    const relu: Result = {...common, kind: 'tf.relu', name: 'tf.relu', samples: [0.5], error: 0};
    const [, , header, , first] = toMarkdown(environment, summarize([...results, relu])).split(
      '\n',
    );
    expect(header).toBe('| | | | ours, ms | of the limit | times tf.relu | composition |');
    expect(first).toBe('| layerNorm | [2] | forward | 2.00 | 0.50 | 4.00 | 20.0 × |');
  });

  // Apart, since jest cannot import what draws it.
  test('has a chart of the sizes that were measured', () => {
    const sized = (shape: string) => summarize(results.map(result => ({...result, shape})));
    const rows = [...sized('[8, 64]'), ...sized('[32, 64]'), ...sized('[8, 32]')];
    const code = `
      const {chartOf} = await import('./bench/chart.ts');
      const rows = ${JSON.stringify(rows)};
      console.log(await chartOf(rows.slice(0, ${results.length})));
      console.log(await chartOf(rows));`;
    const args = ['--import', 'tsx', '--input-type=module', '-e', code];
    const {stdout} = spawnSync(process.execPath, args, {encoding: 'utf8'});
    expect(stdout).toMatch(/^null\n<svg style="background:#fff" /);
    for (const label of ['tfjs-normalization', 'composed of tf ops'])
      expect(stdout).toContain(label);
    expect(stdout).not.toContain('tf.layers');
  });

  test('replaces its block in a document, and nothing else', () => {
    // Neither other shapes nor other norms.
    const others: Array<Partial<Result>> = [{pass: 'backward'}, {shape: '[3]'}, {op: 'rmsNorm'}];
    const rows = [{}, ...others].flatMap(other => summarize(results.map(r => ({...r, ...other}))));
    const document = 'before\n<!-- bench:cpu -->\nold\n<!-- /bench:cpu -->\nafter\n';
    const replaced = replaceBlock(document, environment, rows);
    expect(replaced.split('\n')).toEqual([
      ...['before', '<!-- bench:cpu -->', ''],
      ...[...head, line, line.replace('forward', 'backward'), '', `${sentence}.`, ''],
      ...['<!-- /bench:cpu -->', 'after', ''],
    ]);
    expect(replaceBlock(replaced, environment, rows)).toBe(replaced);
    expect(replaceBlock(document, {...environment, backend: 'wasm'}, rows)).toBe(document);
  });
});

describe('the programs', () => {
  test('the peak is that of data which is held at once, beside what was there', async () => {
    await tf.setBackend('cpu');
    const x = tf.ones([256]);
    const run = () => {
      tf.tidy(() => {
        // 1 kB each; the view has no data of its own, and the second sum comes when the first is gone.
        tf.reshape(tf.neg(x), [16, 16]);
        for (let i = 0; i < 2; i++) tf.dispose(tf.add(x, 1));
      });
      return Promise.resolve();
    };
    const peaks = [await peakOf(run), await peakOf(run)];
    expect(peaks[0]).toBe(peaks[1]);
    expect(peaks[0]).toBeGreaterThanOrEqual(2048);
    expect(peaks[0]).toBeLessThan(2048 + 64);
    x.dispose();
  });

  test('the table has a line for each program and backend', () => {
    const head = {program: 'P', size: 'small', backend: 'wasm'};
    const figure = (variant: string, p10: number, peak: number) => ({
      ...head,
      variant,
      p10,
      median: p10,
      peak,
    });
    const none = {
      ...head,
      backend: 'cpu',
      variant: 'tfjs',
      p10: null,
      median: null,
      peak: null,
      not: 'slow',
    };
    const figures = [
      figure('tfjs', 200, 3e6),
      figure('accelerate()', 50, 2e6),
      figure('foldBatchNorm', 25, 1e6),
      none,
    ];
    expect(tableOf(figures).slice(2)).toEqual([
      '| P (small) | wasm | 200 | 50.0 | 4.00 × | 25.0 | 8.00 × | 3.00 → 2.00 → 1.00 |',
      '| P (small) | cpu | – |  |  |  |  | slow |',
    ]);
  });
});
