import {spawn, spawnSync} from 'node:child_process';
import {once} from 'node:events';
import {mkdtempSync, readFileSync, rmSync} from 'node:fs';
import {tmpdir} from 'node:os';
import {join} from 'node:path';
import * as findings from '../../examples/char-transformer/findings.js';
import {parseOptions} from '../../examples/char-transformer/options.js';
import type {Results} from '../../examples/char-transformer/report.js';
import * as summary from '../../examples/char-transformer/summary.js';

const run = (
  normalization: summary.Run['normalization'],
  perplexity: number,
  fields: Partial<summary.Run> = {},
): summary.Run => ({
  ...summary.newRun(normalization, 1),
  milliseconds: [3, 1, 2],
  final: {inferenceLoss: Math.log(perplexity), trainingLoss: Math.log(perplexity / 2)},
  ...fields,
});

describe('parseOptions', () => {
  it('has a short and a full preset', () => {
    const [short, full] = [parseOptions([]), parseOptions(['--full'])];
    expect(short).toMatchObject({seeds: 3, help: false});
    expect(short.normalizations).toEqual(['layer', 'rms', 'batch', 'power', 'pnv']);
    expect(full.experiment.steps).toBeGreaterThan(short.experiment.steps);
    expect(full.experiment.width).toBeGreaterThan(short.experiment.width);
  });

  it('lets single settings be changed, from which others follow', () => {
    const {experiment, normalizations} = parseOptions([
      ...['--full', '--steps', '40', '--width', '8', '--norm', 'pnv', '--norm', 'layer'],
    ]);
    expect(experiment).toMatchObject({steps: 40, width: 8, warmupSteps: 4, evaluateEvery: 4});
    expect(normalizations).toEqual(['pnv', 'layer']);
  });

  it.each([
    ['--foo', "Unknown option '--foo'"],
    ['--steps=0', '--steps must be a whole number of at least 1, but is 0'],
    ['--width=6', '--width must be a multiple of 4, but is 6'],
    ['--norm=group', '--norm must be one of layer, rms, batch, power, pnv, but is group'],
    ['--backend=webgl', '--backend must be one of tensorflow, wasm, cpu, but is webgl'],
  ])('refuses %s', (arg, message) => {
    expect(() => parseOptions([arg])).toThrow(new Error(message));
  });
});

describe('summary', () => {
  it('has the mean and the deviation over the seeds, and counts what diverged', () => {
    const lost = run('batch', 1, {final: undefined, diverged: 7});
    const [row] = summary.tableRows([run('batch', 4), run('batch', 6), lost]);
    expect(row).toEqual([
      ...['batch norm', '2 of 3, 1 diverged', '5.000 ± 1.414'],
      ...['2.500 ± 0.707', '0.6931 ± 0.0000', '2.0'],
    ]);
  });

  it('has no deviation of one seed, and nothing of none', () => {
    expect(summary.tableRows([run('rms', 4)])[0]).toContain('4.000');
    expect(summary.tableRows([run('rms', 4, {final: undefined})])[0]).toContain('-');
  });
});

describe('findings', () => {
  it("name the order, how clear it is, and whether it is the paper's", () => {
    const runs = [
      ...[run('power', 4), run('power', 4.2), run('layer', 5), run('layer', 5.2)],
      ...[run('pnv', 5.1), run('pnv', 5.3), run('batch', 9)],
    ];
    expect(findings.ordering(runs)).toEqual([
      'PowerNorm before layer norm: 1.000 apart, more than both standard deviations together.',
      'Layer norm before PN-V: 0.100 apart, within the standard deviations.',
      'PN-V before batch norm: 3.800 apart, from one training each.',
      "The paper's order, best first (PowerNorm, layer norm, batch norm), is that of the means here, but not a clear one.",
    ]);
    const clear = findings.ordering([...runs, run('batch', 9.2)]);
    expect(clear.at(-1)).toContain('shows here');
    const turned = findings.ordering([...runs.slice(2), run('power', 20)]);
    expect(turned.at(-1)).toContain('does not show here');
    expect(findings.ordering([run('layer', 5), run('power', 4)])).toHaveLength(1);
    expect(findings.ordering([run('layer', 5)])).toEqual([]);
  });

  it('say what inference loses, and which mode is better', () => {
    const same = {inferenceLoss: 1, trainingLoss: 1};
    const better = {inferenceLoss: 1, trainingLoss: 1.5};
    const runs = [run('layer', 1, {final: same}), run('pnv', 1, {final: better})];
    expect(findings.gaps([...runs, run('batch', 4)])).toEqual([
      'Layer norm: both modes are the same.',
      'PN-V: inference is 0.5000 nats better.',
      'Batch norm: inference is 0.6931 nats worse.',
    ]);
    expect(findings.gaps([run('pnv', 1, {final: same}), run('pnv', 1, {final: better})])).toEqual([
      'PN-V: inference is 0.2500 nats better, within the standard deviation.',
    ]);
  });
});

describe('the program', () => {
  const folders: string[] = [];
  const newFolder = () => {
    folders.push(mkdtempSync(join(tmpdir(), 'char-transformer-')));
    return folders.at(-1)!;
  };
  afterAll(() => {
    for (const folder of folders) rmSync(folder, {recursive: true});
  });

  const TINY = '--steps 3 --seeds 1 --width 4 --context 4 --batch 2 --backend cpu'.split(' ');
  // Not through npm: a signal to it does not reach what it runs.
  const program = ['scripts/run.mjs', 'examples/char-transformer/main.ts'];
  const start = (out: string, ...args: string[]) =>
    spawnSync(process.execPath, [...program, ...TINY, '--out', out, ...args], {encoding: 'utf8'});
  const resultsIn = (out: string): Results =>
    JSON.parse(readFileSync(join(out, 'results.json'), 'utf8')) as Results;

  it('trains with every normalization, and leaves a report that needs no network', () => {
    const whole = newFolder();
    const {status, stdout, stderr} = start(whole);
    expect({status, stderr}).toMatchObject({status: 0});
    const {stopped, runs} = resultsIn(whole);
    expect(stopped).toBe(false);
    expect(runs.map(({losses}) => losses.length)).toEqual([3, 3, 3, 3, 3]);
    for (const run of runs) expect(stdout).toContain(`\n${summary.labelOf(run)} `);
    const drifts = runs.map(({evaluations}) => evaluations[1].drifts.length);
    expect(drifts).toEqual([0, 0, 10, 5, 5]);

    const html = readFileSync(join(whole, 'index.html'), 'utf8');
    expect(html.match(/<svg /g)).toHaveLength(3);
    expect(html).not.toMatch(/<script|<link|<img|url\(|@import/);
  }, 300_000);

  it('leaves the report of what ran so far at Ctrl-C', async () => {
    const out = newFolder();
    const args = [...program, ...TINY, '--out', out, '--steps', '100000'];
    const child = spawn(process.execPath, args);
    let stdout = '';
    child.stdout.setEncoding('utf8').on('data', (text: string) => (stdout += text));
    child.stderr.setEncoding('utf8').on('data', (text: string) => {
      if (/loss \d/.test(text)) child.kill('SIGINT');
    });
    expect(await once(child, 'close')).toEqual([130, null]);
    expect(stdout).toContain('Stopped early. Report: ');
    expect(resultsIn(out).stopped).toBe(true);
  }, 300_000);
});
