import {mkdirSync, writeFileSync} from 'node:fs';
import {join, resolve} from 'node:path';
import {fileURLToPath, pathToFileURL} from 'node:url';
import * as tf from '@tensorflow/tfjs';
import {chooseBackend, describeProbe} from './backend.js';
import {Checkpoints} from './checkpoint.js';
import {type Options, parseOptions, USAGE, UsageError} from './options.js';
import {Progress} from './progress.js';
import {type Results, toHtml} from './report.js';
import {settings} from './settings.js';
import {isDone, type Run, TABLE_HEAD, tableRows, toText} from './summary.js';
import {type Corpus, loadMobyDick} from './text.js';
import {train} from './train.js';

async function main(args: string[]): Promise<number> {
  const options = parseOptions(args);
  if (options.help) {
    console.log(USAGE);
    return 0;
  }
  const out = resolve(options.out ?? fileURLToPath(new URL('report', import.meta.url)));
  // First, so that a folder that cannot be written does not cost the training.
  mkdirSync(out, {recursive: true});
  const checkpoints = new Checkpoints(out, options.experiment, options.restart);
  const stop = new AbortController();
  process.on('SIGINT', () => stop.abort());

  // Without tfjs's own checks, and its advice to install tfjs-node.
  tf.enableProdMode();
  const corpus = loadMobyDick();
  const {backend, probes} = await chooseBackend(options.backend, options.experiment, corpus);
  const {normalizations, seeds, experiment} = options;
  console.log(`Milliseconds a step: ${probes.map(describeProbe).join('; ')}`);
  console.log(
    `Backend: ${backend}. ${normalizations.length} normalizations, ${seeds} seeds, ` +
      `${experiment.steps} steps each; Ctrl-C ends early.\n`,
  );

  const runs = await trainAll(options, corpus, checkpoints, stop);
  const stopped = runs.length < normalizations.length * seeds || !runs.every(isDone);
  await write({settings: settings(options, corpus, backend, probes), stopped, runs}, out);
  return stop.signal.aborted && options.pauseAfter === Infinity ? 130 : 0;
}

/** Seed by seed, so that what is stopped early has about as much of each normalization. */
async function trainAll(
  {normalizations, seeds, experiment, pauseAfter}: Options,
  corpus: Corpus,
  checkpoints: Checkpoints,
  stop: AbortController,
): Promise<Run[]> {
  const runs: Run[] = [];
  const progress = new Progress(experiment.steps * seeds * normalizations.length);
  let steps = 0;
  const onStep = (run: Run) => {
    progress.step(run);
    if (++steps >= pauseAfter) stop.abort();
  };
  const {signal} = stop;
  try {
    for (let seed = 1; seed <= seeds; seed++) {
      for (const normalization of normalizations) {
        progress.skip(checkpoints.read(normalization, seed).run.losses.length);
        const task = {experiment, corpus, checkpoints, signal, onStep};
        const run = await train(normalization, seed, task);
        if (run.losses.length > 0) runs.push(run);
        if (signal.aborted) return runs;
      }
    }
  } finally {
    // Brings back the cursor, which it hides.
    progress.stop();
  }
  return runs;
}

async function write(results: Results, out: string): Promise<void> {
  if (results.runs.length === 0) {
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
