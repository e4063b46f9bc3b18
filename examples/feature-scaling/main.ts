import {fileURLToPath} from 'node:url';
import * as tf from '@tensorflow/tfjs';
import {chooseBackend, describeProbes} from '../shared/backend.js';
import {machine} from '../shared/machine.js';
import {INTERRUPTED, makeFolder, runProgram, writeReport} from '../shared/program.js';
import {withProgress} from '../shared/progress.js';
import {toText} from '../shared/words.js';
import {scales} from './curvature.js';
import {loadCars} from './data.js';
import {trainLinear, trainNetworks} from './experiments.js';
import {parseOptions, USAGE} from './options.js';
import {toHtml} from './report.js';
import {TABLE_HEAD, tableRows} from './summary.js';
import {BATCH_SIZE, HIDDEN, trialStep} from './train.js';

async function main(args: string[], signal: AbortSignal): Promise<number> {
  const options = parseOptions(args);
  if (options.help) {
    console.log(USAGE);
    return 0;
  }
  const {steps, seeds} = options;
  const out = makeFolder(options.out ?? fileURLToPath(new URL('report', import.meta.url)));
  // This turns off tfjs's own checks, and its advice to install tfjs-node.
  tf.enableProdMode();
  const cars = loadCars();
  const {backend, probes} = await chooseBackend(options.backend, () => trialStep(cars));
  console.log(`Backend: ${backend}. Ctrl-C ends early.\n`);

  const {linear, networks} = await withProgress(async progress => {
    const onProgress = (label: string, done: number, all: number, status: string) =>
      progress.show(label, {label, done, all, status});
    const common = {cars, steps, signal, onProgress};
    const linear = await trainLinear(common);
    return {linear, networks: signal.aborted ? [] : await trainNetworks({...common, seeds})};
  });
  const stopped = signal.aborted;
  if (linear.runs.length === 0) {
    console.log('Stopped before the first model was trained: there is nothing to report.');
    return INTERRUPTED;
  }
  console.log(`\n${toText([TABLE_HEAD, ...tableRows(linear, networks)])}\n`);
  const settings = {
    ...{backend, 'milliseconds a step on each backend': describeProbes(probes)},
    ...{'cars without missing values': cars.y.length, 'training rows': linear.rows},
    ...{'steps of each training': steps, optimizer: 'stochastic gradient descent'},
    ...{'network: hidden units': HIDDEN, 'network: batch size': BATCH_SIZE, seeds, ...machine()},
  };
  const results = {settings, stopped, scales: scales(cars), linear, networks};
  writeReport(out, results, await toHtml(results));
  return stopped ? INTERRUPTED : 0;
}

await runProgram(main);
