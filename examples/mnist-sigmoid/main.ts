import {mkdirSync, writeFileSync} from 'node:fs';
import {join, resolve} from 'node:path';
import {fileURLToPath, pathToFileURL} from 'node:url';
import * as tf from '@tensorflow/tfjs';
import {chooseBackend, describeProbe} from './backend.js';
import {loadMnist, type Mnist} from './data.js';
import {type Hyperparameters, NETWORKS} from './model.js';
import {type Options, parseOptions, USAGE, UsageError} from './options.js';
import {Progress} from './progress.js';
import {type Results, toHtml} from './report.js';
import {settings} from './settings.js';
import {evaluationSteps, TABLE_HEAD, tableRows, toText} from './summary.js';
import {sweep} from './sweep.js';
import {ROUND, train} from './train.js';

async function main(args: string[]): Promise<number> {
  const options = parseOptions(args);
  if (options.help) {
    console.log(USAGE);
    return 0;
  }
  // First, so that a folder that cannot be written does not cost the training.
  const out = makeFolder(options.out ?? fileURLToPath(new URL('report', import.meta.url)));
  const stop = new AbortController();
  process.on('SIGINT', () => stop.abort());

  // Without tfjs's own checks, and its advice to install tfjs-node.
  tf.enableProdMode();
  const mnist = loadMnist();
  const params = {learningRate: 0.1, stddev: 0.1, seed: options.seed};
  const {backend, probes} = await chooseBackend(options.backend, mnist.training, params);
  console.log(`Milliseconds a step: ${probes.map(describeProbe).join('; ')}`);
  console.log(`Backend: ${backend}. ${options.steps} steps of each network; Ctrl-C ends early.\n`);

  const trained = await runAll(options, mnist, params, stop.signal);
  const stopped = stop.signal.aborted;
  const results = {settings: settings(options, params, backend, probes), stopped, ...trained};
  await write(results, out);
  return stopped ? 130 : 0;
}

function makeFolder(path: string): string {
  try {
    mkdirSync(path, {recursive: true});
    return resolve(path);
  } catch (error) {
    throw new UsageError(`--out: ${(error as Error).message}`);
  }
}

async function runAll(
  options: Options,
  mnist: Mnist,
  params: Hyperparameters,
  signal: AbortSignal,
): Promise<Pick<Results, 'runs' | 'sweep'>> {
  const common = {...params, mnist, signal};
  const runs = await withProgress(progress =>
    train({
      ...common,
      networks: Object.values(NETWORKS),
      evaluateAt: evaluationSteps(options.steps, ROUND),
      evaluateFully: true,
      onProgress: run => progress.showRun(run),
    }),
  );
  if (!options.sweep || signal.aborted) return {runs};
  const swept = await withProgress(progress =>
    sweep({
      ...common,
      steps: Math.ceil(options.steps / 5),
      onProgress: (done, all, setting) => progress.show('sweep', done, all, setting),
    }),
  );
  return {runs, sweep: swept};
}

async function withProgress<T>(work: (progress: Progress) => Promise<T>): Promise<T> {
  const progress = new Progress();
  try {
    return await work(progress);
  } finally {
    // Brings back the cursor, which it hides.
    progress.stop();
  }
}

async function write(results: Results, out: string): Promise<void> {
  if (results.runs.every(({losses}) => losses.length === 0)) {
    console.log('Stopped before the first step: there is nothing to report.');
    return;
  }
  console.log(`\n${toText([TABLE_HEAD, ...tableRows(results.runs)])}\n`);
  writeFileSync(join(out, 'results.json'), `${JSON.stringify(results, null, 1)}\n`);
  const report = join(out, 'index.html');
  writeFileSync(report, await toHtml(results));
  console.log(`${results.stopped ? 'Stopped early. ' : ''}Report: ${pathToFileURL(report).href}`);
}

try {
  process.exitCode = await main(process.argv.slice(2));
} catch (error) {
  // tfjs's wasm module rethrows what nobody catches, with all of its own minified source.
  console.error(error instanceof UsageError ? `${error.message}\nSee --help.` : error);
  process.exitCode = error instanceof UsageError ? 2 : 1;
}
