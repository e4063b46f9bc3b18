import {fileURLToPath} from 'node:url';
import * as tf from '@tensorflow/tfjs';
import {chooseBackend, describeProbes} from '../shared/backend.js';
import {machine} from '../shared/machine.js';
import {loadMnist, type Mnist} from '../shared/mnist.js';
import {INTERRUPTED, makeFolder, runProgram, writeReport} from '../shared/program.js';
import {withProgress} from '../shared/progress.js';
import {percent, toText} from '../shared/words.js';
import {claims} from './claims.js';
import {type Hyperparameters, NETWORKS} from './model.js';
import {type Options, parseOptions, USAGE} from './options.js';
import {type Results, toHtml} from './report.js';
import {evaluationSteps, type Run, TABLE_HEAD, tableRows} from './summary.js';
import {stability} from './stability.js';
import {sweep} from './sweep.js';
import {BATCH_SIZE, EVALUATED, ROUND, train, trialStep} from './train.js';

async function main(args: string[], signal: AbortSignal): Promise<number> {
  const options = parseOptions(args);
  if (options.help) {
    console.log(USAGE);
    return 0;
  }
  const out = makeFolder(options.out ?? fileURLToPath(new URL('report', import.meta.url)));
  // This turns off tfjs's own checks, and its advice to install tfjs-node.
  tf.enableProdMode();
  const mnist = loadMnist();
  const params = {learningRate: 0.1, stddev: 0.1, seed: options.seed};
  const {backend, probes} = await chooseBackend(options.backend, () =>
    trialStep(mnist.training, params),
  );
  console.log(`Backend: ${backend}. ${options.steps} steps of each network; Ctrl-C ends early.\n`);

  const trained = await trainAll(options, mnist, params, signal);
  const stopped = signal.aborted;
  if (trained.runs.every(({losses}) => losses.length === 0)) {
    console.log('Stopped before the first step: there is nothing to report.');
    return INTERRUPTED;
  }
  console.log(`\n${toText([TABLE_HEAD, ...tableRows(trained.runs)])}\n`);
  for (const {claim, finding} of claims(trained)) console.log(`${claim}: ${finding}`);
  console.log();
  const settings = {
    ...{backend, 'milliseconds a step on each backend': describeProbes(probes)},
    ...{'steps of each network': options.steps, 'batch size': BATCH_SIZE},
    optimizer: 'stochastic gradient descent',
    'learning rate': params.learningRate,
    'standard deviation of the initial weights': params.stddev,
    ...{seed: params.seed, 'test digits in the curves': EVALUATED, ...machine()},
  };
  const results = {settings, stopped, ...trained};
  writeReport(out, results, await toHtml(results));
  return stopped ? INTERRUPTED : 0;
}

async function trainAll(
  options: Options,
  mnist: Mnist,
  params: Hyperparameters,
  signal: AbortSignal,
): Promise<Pick<Results, 'runs' | 'stability' | 'sweep'>> {
  const common = {...params, mnist, signal};
  const deep = stability(mnist.training, params);
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
  if (signal.aborted) return {runs, stability: deep};
  const swept = await withProgress(progress =>
    sweep({
      ...common,
      steps: Math.ceil(options.steps / 5),
      learningRates: options.sweep,
      onProgress: (done, all, setting) =>
        progress.show('sweep', {label: 'other settings', done, all, status: setting}),
    }),
  );
  return {runs, stability: deep, sweep: swept};
}

function status({losses, evaluations}: Run): string {
  const loss = `loss ${losses.at(-1)?.toFixed(3) ?? '-'}`;
  const accuracy = evaluations.at(-1)?.accuracy;
  return accuracy == null ? loss : `${loss}  accuracy ${percent(accuracy)}`;
}

await runProgram(main);
