import {fileURLToPath} from 'node:url';
import * as tf from '@tensorflow/tfjs';
import {chooseBackend} from '../shared/backend.js';
import {loadMnist, type Mnist} from '../shared/mnist.js';
import {INTERRUPTED, makeFolder, runProgram, writeReport} from '../shared/program.js';
import {Progress} from '../shared/progress.js';
import {percent, toText} from '../shared/words.js';
import {type Hyperparameters, NETWORKS} from './model.js';
import {type Options, parseOptions, USAGE} from './options.js';
import {type Results, toHtml} from './report.js';
import {settings} from './settings.js';
import {evaluationSteps, type Run, TABLE_HEAD, tableRows} from './summary.js';
import {sweep} from './sweep.js';
import {ROUND, train, trialStep} from './train.js';

async function main(args: string[], {signal}: AbortController): Promise<number> {
  const options = parseOptions(args);
  if (options.help) {
    console.log(USAGE);
    return 0;
  }
  const out = makeFolder(options.out ?? fileURLToPath(new URL('report', import.meta.url)));
  // Without tfjs's own checks, and its advice to install tfjs-node.
  tf.enableProdMode();
  const mnist = loadMnist();
  const params = {learningRate: 0.1, stddev: 0.1, seed: options.seed};
  const {backend, probes} = await chooseBackend(options.backend, () =>
    trialStep(mnist.training, params),
  );
  console.log(`Backend: ${backend}. ${options.steps} steps of each network; Ctrl-C ends early.\n`);

  const trained = await runAll(options, mnist, params, signal);
  const stopped = signal.aborted;
  await write({settings: settings(options, params, backend, probes), stopped, ...trained}, out);
  return stopped ? INTERRUPTED : 0;
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
      onProgress: run => {
        const {label, losses, planned} = run;
        progress.show(label, {label, done: losses.length, all: planned, status: status(run)});
      },
    }),
  );
  if (!options.sweep || signal.aborted) return {runs};
  const swept = await withProgress(progress =>
    sweep({
      ...common,
      steps: Math.ceil(options.steps / 5),
      onProgress: (done, all, setting) =>
        progress.show('sweep', {label: 'sweep', done, all, status: setting}),
    }),
  );
  return {runs, sweep: swept};
}

function status({losses, evaluations}: Run): string {
  const loss = `loss ${losses.at(-1)?.toFixed(3) ?? '-'}`;
  const accuracy = evaluations.at(-1)?.accuracy;
  return accuracy == null ? loss : `${loss}  accuracy ${percent(accuracy)}`;
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
  writeReport(out, results, await toHtml(results));
}

await runProgram(main);
