import {fileURLToPath} from 'node:url';
import * as tf from '@tensorflow/tfjs';
import {chooseBackend, describeProbes} from '../shared/backend.js';
import {machine} from '../shared/machine.js';
import {INTERRUPTED, makeFolder, runProgram, writeReport} from '../shared/program.js';
import {withProgress} from '../shared/progress.js';
import {toText} from '../shared/words.js';
import {type Experiment, type Options, parseOptions, USAGE} from './options.js';
import {toHtml} from './report.js';
import {type Run, TABLE_HEAD, tableRows} from './summary.js';
import {type Corpus, loadMobyDick} from './text.js';
import {train, trialStep} from './train.js';

async function main(args: string[], signal: AbortSignal): Promise<number> {
  const options = parseOptions(args);
  if (options.help) {
    console.log(USAGE);
    return 0;
  }
  const {normalizations, seeds, experiment} = options;
  const out = makeFolder(options.out ?? fileURLToPath(new URL('report', import.meta.url)));
  // This turns off tfjs's own checks, and its advice to install tfjs-node.
  tf.enableProdMode();
  const corpus = loadMobyDick();
  const {backend, probes} = await chooseBackend(options.backend, () =>
    trialStep(experiment, corpus),
  );
  console.log(
    `Backend: ${backend}. ${normalizations.length} normalizations, ${seeds} seeds, ` +
      `${experiment.steps} steps each; Ctrl-C ends early.\n`,
  );

  const runs = await trainAll(options, corpus, signal);
  const stopped = signal.aborted;
  if (runs.length === 0) {
    console.log('Stopped before the first step: there is nothing to report.');
    return INTERRUPTED;
  }
  console.log(`\n${toText([TABLE_HEAD, ...tableRows(runs)])}\n`);
  const settings = {
    ...{backend, 'milliseconds a step on each backend': describeProbes(probes)},
    ...{...settingsOf(experiment, corpus), seeds, ...machine()},
  };
  const results = {settings, stopped, runs};
  writeReport(out, results, await toHtml(results));
  return stopped ? INTERRUPTED : 0;
}

/**
 * Trains seed by seed, so that a run that is stopped early has as much of each model. The models take turns, step by
 * step, so that whatever slows the machine slows all of them alike.
 */
async function trainAll(
  {normalizations, seeds, experiment}: Options,
  corpus: Corpus,
  signal: AbortSignal,
): Promise<Run[]> {
  const runs: Run[] = [];
  const all = experiment.steps * seeds * normalizations.length;
  let done = 0;
  await withProgress(async progress => {
    for (let seed = 1; seed <= seeds && !signal.aborted; seed++) {
      const current = new Map<string, Run>();
      const onStep = (run: Run) => {
        current.set(run.normalization, run);
        const label = `all models, seed ${seed}`;
        progress.show('all', {label, status: status([...current.values()]), done: ++done, all});
      };
      // Each of them lets the others go on after each of its steps.
      const found = await Promise.all(
        normalizations.map(name => train(name, seed, {experiment, corpus, signal, onStep})),
      );
      runs.push(...found.filter(({losses}) => losses.length > 0));
    }
  });
  return runs;
}

function status(runs: Run[]): string {
  const perplexities = runs.map(({evaluations}) => Math.exp(evaluations.at(-1)!.inferenceLoss));
  const [least, most] = [Math.min(...perplexities), Math.max(...perplexities)];
  return `perplexity ${least.toFixed(2)} to ${most.toFixed(2)}`;
}

const settingsOf = (experiment: Experiment, corpus: Corpus) => ({
  'characters of training text': corpus.training.length,
  'characters of validation text': corpus.validation.length,
  'different characters': corpus.characters.length,
  'steps of each training': experiment.steps,
  'passages in a batch': experiment.batch,
  'characters in a passage': experiment.context,
  width: experiment.width,
  blocks: experiment.blocks,
  'attention heads': experiment.heads,
  optimizer: 'Adam',
  'learning rate': experiment.learningRate,
  'warm-up of PowerNorm, steps': experiment.warmupSteps,
  'groups of PowerNorm': experiment.heads,
});

await runProgram(main);
