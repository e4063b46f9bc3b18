import {fileURLToPath} from 'node:url';
import * as tf from '@tensorflow/tfjs';
import {chooseBackend} from '../shared/backend.js';
import {INTERRUPTED, makeFolder, runProgram, writeReport} from '../shared/program.js';
import {Progress} from '../shared/progress.js';
import {toText} from '../shared/words.js';
import {Checkpoints} from './checkpoint.js';
import {type Options, parseOptions, USAGE} from './options.js';
import {type Results, toHtml} from './report.js';
import {settings} from './settings.js';
import {isDone, labelOf, type Run, TABLE_HEAD, tableRows} from './summary.js';
import {type Corpus, loadMobyDick} from './text.js';
import {train, trialStep} from './train.js';

async function main(args: string[], stop: AbortController): Promise<number> {
  const options = parseOptions(args);
  if (options.help) {
    console.log(USAGE);
    return 0;
  }
  const {normalizations, seeds, experiment} = options;
  const out = makeFolder(options.out ?? fileURLToPath(new URL('report', import.meta.url)));
  const checkpoints = new Checkpoints(out, experiment, options.restart);
  // Without tfjs's own checks, and its advice to install tfjs-node.
  tf.enableProdMode();
  const corpus = loadMobyDick();
  const {backend, probes} = await chooseBackend(options.backend, () =>
    trialStep(experiment, corpus),
  );
  console.log(
    `Backend: ${backend}. ${normalizations.length} normalizations, ${seeds} seeds, ` +
      `${experiment.steps} steps each; Ctrl-C ends early.\n`,
  );

  const runs = await trainAll(options, corpus, checkpoints, stop);
  const stopped = runs.length < normalizations.length * seeds || !runs.every(isDone);
  await write({settings: settings(options, corpus, backend, probes), stopped, runs}, out);
  return stop.signal.aborted && options.pauseAfter === Infinity ? INTERRUPTED : 0;
}

/** Seed by seed, so that what is stopped early has about as much of each normalization. */
async function trainAll(
  {normalizations, seeds, experiment, pauseAfter}: Options,
  corpus: Corpus,
  checkpoints: Checkpoints,
  stop: AbortController,
): Promise<Run[]> {
  const runs: Run[] = [];
  const progress = new Progress();
  const all = experiment.steps * seeds * normalizations.length;
  // Of them, those that earlier starts did.
  let before = 0;
  let steps = 0;
  const onStep = (run: Run) => {
    progress.show('all', {
      ...{label: `${labelOf(run)}, seed ${run.seed}`, status: status(run)},
      ...{done: before + ++steps, all, from: before},
    });
    if (steps >= pauseAfter) stop.abort();
  };
  const {signal} = stop;
  try {
    for (let seed = 1; seed <= seeds; seed++) {
      for (const normalization of normalizations) {
        before += checkpoints.read(normalization, seed).run.losses.length;
        const task = {experiment, corpus, checkpoints, signal, onStep};
        const run = await train(normalization, seed, task);
        if (run.losses.length > 0) runs.push(run);
        if (run.diverged != null) before += experiment.steps - run.losses.length;
        if (signal.aborted) return runs;
      }
    }
  } finally {
    // Brings back the cursor, which it hides.
    progress.stop();
  }
  return runs;
}

function status(run: Run): string {
  const perplexity = Math.exp(run.evaluations.at(-1)!.inferenceLoss).toFixed(2);
  return `loss ${run.losses.at(-1)?.toFixed(3)}  perplexity ${perplexity}`;
}

async function write(results: Results, out: string): Promise<void> {
  if (results.runs.length === 0) {
    console.log('Stopped before the first step: there is nothing to report.');
    return;
  }
  console.log(`\n${toText([TABLE_HEAD, ...tableRows(results.runs)])}\n`);
  writeReport(out, results, await toHtml(results));
}

await runProgram(main);
