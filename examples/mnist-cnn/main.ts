import {mkdirSync, rmSync, writeFileSync} from 'node:fs';
import {join, resolve} from 'node:path';
import {fileURLToPath, pathToFileURL} from 'node:url';
import * as tf from '@tensorflow/tfjs';
import {SingleBar} from 'cli-progress';
import {chooseBackend} from './backend.js';
import {readCheckpoint, writeCheckpoint} from './checkpoint.js';
import {loadMnist} from './data.js';
import {NORMALIZATIONS} from './model.js';
import {parseOptions, USAGE, UsageError} from './options.js';
import {toHtml} from './report.js';
import {type Run, table, toText} from './summary.js';
import {train} from './train.js';

async function main(args: string[]): Promise<number> {
  const options = parseOptions(args);
  if (options.help) {
    console.log(USAGE);
    return 0;
  }
  const out = resolve(options.out ?? fileURLToPath(new URL('report', import.meta.url)));
  mkdirSync(out, {recursive: true});
  const stop = new AbortController();
  process.on('SIGINT', () => stop.abort());

  tf.enableProdMode();
  const backend = await chooseBackend(options.backend);
  console.log(`Backend: ${backend}. Ctrl-C stops; the same command goes on from there.`);
  const {examples, batches, seed} = options;
  const path = join(out, 'checkpoint.json');
  const checkpoint = readCheckpoint(path, JSON.stringify({examples, batches, seed}));
  const digits = loadMnist();

  for (const [i, {batchSize, normalization}] of plan(batches).entries()) {
    if (i < checkpoint.done.length) continue;
    const bar = progressBar(`${normalization.label}, batches of ${batchSize}`);
    const run = await train({
      ...{normalization, batchSize, examples, seed, digits, signal: stop.signal},
      from: checkpoint.current,
      onProgress: (step, steps, loss) => {
        bar.setTotal(steps);
        bar.update(step, {loss: loss.toFixed(3)});
      },
      keep: current => writeCheckpoint(path, {...checkpoint, current}),
    }).finally(() => bar.stop());
    if (run == null) break;
    delete checkpoint.current;
    checkpoint.done.push(run);
    writeCheckpoint(path, checkpoint);
  }
  await write(checkpoint.done, {...options, backend, node: process.version}, out);
  if (stop.signal.aborted) return 130;
  rmSync(path);
  return 0;
}

const plan = (batches: number[]) =>
  batches.flatMap(batchSize => NORMALIZATIONS.map(normalization => ({batchSize, normalization})));

function progressBar(label: string): SingleBar {
  const bar = new SingleBar({
    format: `${label.padEnd(28)} {bar} {percentage}%  loss {loss}  {eta_formatted}`,
    barsize: 20,
    hideCursor: true,
    gracefulExit: false,
    noTTYOutput: true,
    notTTYSchedule: 5000,
  });
  bar.start(1, 0, {loss: '-'});
  return bar;
}

async function write(runs: Run[], settings: Record<string, unknown>, out: string): Promise<void> {
  if (runs.length === 0) {
    console.log('Stopped before the first network was trained: there is nothing to report.');
    return;
  }
  console.log(`\n${toText(table(runs))}\n`);
  writeFileSync(join(out, 'results.json'), `${JSON.stringify({settings, runs}, null, 1)}\n`);
  const report = join(out, 'index.html');
  writeFileSync(report, await toHtml(runs, settings));
  console.log(`Report: ${pathToFileURL(report).href}`);
}

try {
  process.exitCode = await main(process.argv.slice(2));
} catch (error) {
  console.error(error instanceof UsageError ? `${error.message}\nSee --help.` : error);
  process.exitCode = error instanceof UsageError ? 2 : 1;
}
