import {fileURLToPath} from 'node:url';
import * as tf from '@tensorflow/tfjs';
import {chooseBackend, describeProbes} from '../shared/backend.js';
import {machine} from '../shared/machine.js';
import {loadMnist, type Mnist} from '../shared/mnist.js';
import {INTERRUPTED, makeFolder, runProgram, writeReport} from '../shared/program.js';
import {withProgress} from '../shared/progress.js';
import {toText} from '../shared/words.js';
import {NORMALIZATIONS} from './model.js';
import {type Options, parseOptions, USAGE} from './options.js';
import {toHtml} from './report.js';
import {type Run, tableHead, tableRows} from './summary.js';
import {train, trialStep} from './train.js';

async function main(args: string[], signal: AbortSignal): Promise<number> {
  const options = parseOptions(args);
  if (options.help) {
    console.log(USAGE);
    return 0;
  }
  const {examples, batches, seed} = options;
  const out = makeFolder(options.out ?? fileURLToPath(new URL('report', import.meta.url)));
  // This turns off tfjs's own checks, and its advice to install tfjs-node.
  tf.enableProdMode();
  const mnist = loadMnist();
  const {backend, probes} = await chooseBackend(options.backend, () => trialStep(mnist.training));
  console.log(`Backend: ${backend}. Ctrl-C ends early.\n`);

  const runs = await trainAll(options, mnist, signal);
  const stopped = signal.aborted;
  if (runs.length === 0) {
    console.log('Stopped before the first network was trained: there is nothing to report.');
    return INTERRUPTED;
  }
  console.log(`\n${toText([tableHead(runs), ...tableRows(runs)])}\n`);
  const settings = {
    ...{backend, 'milliseconds a step on each backend': describeProbes(probes)},
    ...{'digits that each network sees': examples, 'sizes of the batches': batches.join(', ')},
    ...{seed, ...machine()},
  };
  const results = {settings, stopped, runs};
  writeReport(out, results, await toHtml(results));
  return stopped ? INTERRUPTED : 0;
}

/** Trains one network after the other. Returns those that were trained to their end. */
async function trainAll(
  {examples, batches, seed}: Options,
  mnist: Mnist,
  signal: AbortSignal,
): Promise<Run[]> {
  const runs: Run[] = [];
  for (const batchSize of batches) {
    for (const normalization of NORMALIZATIONS) {
      const label = `${normalization.label}, batch ${batchSize}`;
      const run = await withProgress(progress =>
        train({
          ...{normalization, batchSize, examples, seed, mnist, signal},
          onProgress: (done, all, loss) =>
            progress.show(label, {label, done, all, status: `loss ${loss.toFixed(3)}`}),
        }),
      );
      if (run == null) return runs;
      runs.push(run);
    }
  }
  return runs;
}

await runProgram(main);
