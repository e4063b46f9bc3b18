import {spawn, spawnSync} from 'node:child_process';
import {once} from 'node:events';
import {mkdtempSync, readFileSync, rmSync} from 'node:fs';
import {tmpdir} from 'node:os';
import {join} from 'node:path';
import * as findings from '../../examples/mnist-sigmoid/findings.js';
import {DEFAULT_STEPS, parseOptions} from '../../examples/mnist-sigmoid/options.js';
import type {Results} from '../../examples/mnist-sigmoid/report.js';
import * as summary from '../../examples/mnist-sigmoid/summary.js';
import {toText} from '../../examples/shared/words.js';

const run = (label: string, fields: Partial<summary.Run> = {}): summary.Run => ({
  ...{label, planned: 40, losses: [], milliseconds: [], evaluations: []},
  ...fields,
});

const evaluations = (accuracies: number[]): summary.Evaluation[] =>
  accuracies.map((accuracy, i) => ({step: 10 * i, accuracy, sigmoidInput: [-i, 0, i]}));

describe('parseOptions', () => {
  it('has defaults', () => {
    expect(parseOptions([])).toEqual({steps: DEFAULT_STEPS, seed: 1, sweep: false, help: false});
  });

  it('reads every option', () => {
    const args = [
      '--steps',
      '5',
      '--sweep',
      '--seed=0',
      '--backend',
      'cpu',
      '--out',
      'x',
      '--help',
    ];
    const all = {steps: 5, seed: 0, sweep: true, help: true, backend: 'cpu', out: 'x'};
    expect(parseOptions(args)).toEqual(all);
  });

  it.each([
    ['--foo', "Unknown option '--foo'"],
    ['foo', "Unexpected argument 'foo'. This command does not take positional arguments"],
    ['--steps', "Option '--steps <value>' argument missing"],
    ['--steps=0', '--steps must be a whole number of at least 1, but is 0'],
    ['--steps=1.5', '--steps must be a whole number of at least 1, but is 1.5'],
    ['--steps=many', '--steps must be a whole number of at least 1, but is many'],
    ['--seed=-1', '--seed must be a whole number of at least 0, but is -1'],
    ['--backend=webgl', '--backend must be one of tensorflow, wasm, cpu, but is webgl'],
  ])('refuses %s', (arg, message) => {
    expect(() => parseOptions([arg])).toThrow(new Error(message));
  });
});

describe('summary', () => {
  it('finds the first step with an accuracy, and null where there is none', () => {
    const fast = run('fast', {evaluations: evaluations([0.1, 0.9, 0.8, 0.95])});
    expect(summary.stepsTo(fast, 0.9)).toBe(10);
    expect(summary.stepsTo(fast, 0.96)).toBeNull();
    expect(summary.stepsTo(run('none'), 0.9)).toBeNull();
  });

  it('evaluates at the start, at growing distances on multiples of the round, and at the end', () => {
    const steps = summary.evaluationSteps(105, 10, 1.5);
    expect(steps).toEqual([0, 10, 20, 30, 50, 105]);
    expect(summary.evaluationSteps(5, 10)).toEqual([0, 5]);
    expect(summary.evaluationSteps(10, 10)).toEqual([0, 10]);
  });

  it('leaves the first steps out of the times, but at most a half', () => {
    const times = [...Array<number>(10).fill(100), ...Array<number>(10).fill(2)];
    expect(summary.medianMilliseconds(run('a', {milliseconds: times}))).toBe(2);
    expect(summary.medianMilliseconds(run('a', {milliseconds: [100, 4]}))).toBe(4);
    expect(summary.medianMilliseconds(run('a'))).toBeNull();
  });

  it('compares the times of a layer and of its built-in', () => {
    const ours = run('ours', {builtIn: 'theirs', milliseconds: [9, 2]});
    const theirs = run('theirs', {milliseconds: [9, 6]});
    expect(summary.speedUp(ours, [ours, theirs])).toBe(3);
    expect(summary.speedUp(theirs, [ours, theirs])).toBeNull();
  });

  it('averages the loss between evaluations', () => {
    const losses = [...Array<number>(10).fill(4), ...Array<number>(10).fill(2), 1];
    const curve = summary.lossCurve(run('a', {losses, evaluations: evaluations([0, 0, 0])}));
    expect(curve).toEqual([
      {step: 10, loss: 4},
      {step: 20, loss: 2},
      {step: 21, loss: 1},
    ]);
  });

  it('makes a table of what ran', () => {
    const ours = {builtIn: 'theirs', losses: [1], milliseconds: [2], finalAccuracy: 0.925};
    const runs = [
      run('ours', {...ours, evaluations: evaluations([0.1, 0.9])}),
      run('theirs', {timeOnly: true, losses: [1], milliseconds: [5]}),
      run('not begun'),
    ];
    expect(toText(summary.tableRows(runs))).toBe(
      'ours     1   92.5%   10   2.0   2.50 x\ntheirs   1       -    -   5.0        -',
    );
  });
});

describe('findings', () => {
  const ours = {builtIn: 'theirs', losses: [1], milliseconds: [2]};
  const runs = [
    run('ours', {...ours, evaluations: evaluations([0.1, 0.9, 0.93])}),
    run('theirs', {losses: [1], milliseconds: [1], evaluations: evaluations([0.1, 0.85, 0.89])}),
  ];

  it('say when the target was reached, and that it was not', () => {
    expect(findings.convergence(runs)).toEqual([
      'Ours reached 90% after 10 of 1 steps; its last accuracy is 93.0%.',
      'Theirs did not reach 90% in 1 steps; its last accuracy is 89.0%.',
    ]);
  });

  it('say how a layer compares with its built-in, also where it is slower', () => {
    expect(findings.agreement(runs)).toEqual([
      'Ours and theirs were never more than 5.00 percentage points apart.',
    ]);
    expect(findings.speed(runs)).toEqual([
      'A step with ours was 0.50 times as fast as with theirs.',
    ]);
  });

  it('say how far the input of a sigmoid moved', () => {
    expect(findings.sigmoidInput(runs)).toEqual([
      'Ours: median 0.00 to 0.00, from the lower to the upper percentile 0.00 to 4.00.',
    ]);
  });

  it('name the values with which a network learned', () => {
    const points = [0.1, 1, 10].map(value => ({label: 'ours', value, accuracy: 0.6 / value}));
    expect(findings.sensitivity([...points, {label: 'theirs', value: 1, accuracy: 0.1}])).toEqual([
      'Ours passed 50% with 2 of 3 values (0.1, 1).',
      'Theirs passed 50% with 0 of 1 values.',
    ]);
  });
});

describe('npm start', () => {
  let out: string;

  beforeAll(() => {
    out = mkdtempSync(join(tmpdir(), 'mnist-sigmoid-'));
  });

  afterAll(() => {
    rmSync(out, {recursive: true});
  });

  const start = (...args: string[]) =>
    // It installs what the example needs by itself.
    spawnSync('npm', ['start', '--', ...args], {
      encoding: 'utf8',
      shell: process.platform === 'win32',
    });

  it('trains every network, prints the table and leaves a report that needs no network', () => {
    const {status, stdout, stderr} = start('--steps', '5', '--sweep', '--out', out);
    expect({status, stderr}).toMatchObject({status: 0});
    expect(stdout).toMatch(/^Backend: (tensorflow|wasm|cpu)\./m);

    const results = JSON.parse(readFileSync(join(out, 'results.json'), 'utf8')) as Results;
    expect(results.runs.map(({label, losses}) => [label, losses.length])).toEqual([
      ['no normalization', 5],
      ['batch norm (tf.layers)', 5],
      ['batch norm (tfn)', 5],
      ['layer norm (tfn)', 5],
      ['layer norm (tf.layers)', 5],
    ]);
    for (const {label} of results.runs) expect(stdout).toContain(`\n${label} `);
    const [, theirs, ours] = results.runs;
    for (const step of [0, 1, 2, 3, 4])
      expect(ours.losses[step]).toBeCloseTo(theirs.losses[step], 3);
    expect(results.sweep?.learningRate.length).toBeGreaterThan(0);
    expect(results.sweep?.stddev.length).toBeGreaterThan(0);

    const html = readFileSync(join(out, 'index.html'), 'utf8');
    expect(html.match(/<svg /g)).toHaveLength(6);
    expect(html).not.toMatch(/<script|<link|<img|url\(|@import/);
  }, 300_000);

  it('leaves the report of what ran so far at Ctrl-C', async () => {
    // Without npm in between: a terminal sends the signal to both, but a test to one of them alone.
    const args = ['scripts/run.mjs', 'examples/mnist-sigmoid/main.ts', '--out', out];
    const program = spawn(process.execPath, args);
    let stdout = '';
    program.stdout.setEncoding('utf8').on('data', (text: string) => (stdout += text));
    let progress = '';
    program.stderr.setEncoding('utf8').on('data', (text: string) => {
      progress += text;
      if (/loss \d/.test(progress)) program.kill('SIGINT');
    });
    expect(await once(program, 'close')).toEqual([130, null]);
    expect(stdout).toContain('Stopped early. Report: ');

    const {stopped, runs} = JSON.parse(readFileSync(join(out, 'results.json'), 'utf8')) as Results;
    expect(stopped).toBe(true);
    expect(runs[0].losses.length).toBeGreaterThan(0);
    expect(runs[0].losses.length).toBeLessThan(DEFAULT_STEPS);
    expect(readFileSync(join(out, 'index.html'), 'utf8')).toContain('Stopped before the end');
  }, 300_000);

  it('names an option that it does not know', () => {
    const {status, stderr} = start('--foo');
    expect(status).toBe(2);
    expect(stderr).toContain("Unknown option '--foo'");
  }, 300_000);
});
