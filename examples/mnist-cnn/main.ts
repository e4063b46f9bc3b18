import {rmSync} from 'node:fs';
import {join} from 'node:path';
import {fileURLToPath} from 'node:url';
import * as tf from '@tensorflow/tfjs';
import {chooseBackend, describeProbes} from '../shared/backend.js';
import {machine} from '../shared/machine.js';
import {loadMnist, type Mnist} from '../shared/mnist.js';
import {INTERRUPTED, makeFolder, runProgram, writeReport} from '../shared/program.js';
import {Progress} from '../shared/progress.js';
import {toText} from '../shared/words.js';
import {type Checkpoint, readCheckpoint, writeCheckpoint} from './checkpoint.js';
import {NORMALIZATIONS} from './model.js';
import {type Options, parseOptions, USAGE} from './options.js';
import {type Results, toHtml} from './report.js';
import {tableHead, tableRows} from './summary.js';
import {train, trialStep} from './train.js';

async function main(args: string[], {signal}: AbortController): Promise<number> {
  const options = parseOptions(args);
  if (options.help) {
    console.log(USAGE);
    return 0;
  }
  const {examples, batches, seed} = options;
  const out = makeFolder(options.out ?? fileURLToPath(new URL('report', import.meta.url)));
  const path = join(out, 'checkpoint.json');
  const checkpoint = readCheckpoint(path, JSON.stringify({examples, batches, seed}));

  // Without tfjs's own checks, and its advice to install tfjs-node.
  tf.enableProdMode();
  const mnist = loadMnist();
  const {backend, probes} = await chooseBackend(options.backend, () => trialStep(mnist.training));
  console.log(`Backend: ${backend}. Ctrl-C stops; the same command goes on from there.\n`);

  await trainAll(options, mnist, signal, checkpoint, path);
  const settings = {
    ...{backend, 'milliseconds a step on each backend': describeProbes(probes)},
    ...{'digits that each network sees': examples, 'sizes of the batches': batches.join(', ')},
    ...{seed, ...machine()},
  };
  await write({settings, stopped: signal.aborted, runs: checkpoint.done}, out);
  if (signal.aborted) return INTERRUPTED;
  rmSync(path);
  return 0;
}

/** Trains what the checkpoint lacks. */
async function trainAll(
  {examples, batches, seed}: Options,
  mnist: Mnist,
  signal: AbortSignal,
  checkpoint: Checkpoint,
  path: string,
): Promise<void> {
  const plan = batches.flatMap(batchSize =>
    NORMALIZATIONS.map(normalization => ({batchSize, normalization})),
  );
  for (const {batchSize, normalization} of plan.slice(checkpoint.done.length)) {
    const label = `${normalization.label}, batch ${batchSize}`;
    const progress = new Progress();
    const run = await train({
      ...{normalization, batchSize, examples, seed, mnist, signal},
      from: checkpoint.current,
      onProgress: (done, all, loss) =>
        progress.show(label, {
          ...{label, done, all, status: `loss ${loss.toFixed(3)}`},
          from: checkpoint.current?.step,
        }),
      keep: current => writeCheckpoint(path, {...checkpoint, current}),
    }).finally(() => progress.stop());
    if (run == null) return;
    delete checkpoint.current;
    checkpoint.done.push(run);
    writeCheckpoint(path, checkpoint);
  }
}

async function write(results: Results, out: string): Promise<void> {
  const {runs} = results;
  if (runs.length === 0) {
    console.log('Stopped before the first network was trained: there is nothing to report.');
    return;
  }
  console.log(`\n${toText([tableHead(runs), ...tableRows(runs)])}\n`);
  writeReport(out, results, await toHtml(results));
}

await runProgram(main);
