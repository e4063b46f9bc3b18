import {mkdirSync, writeFileSync} from 'node:fs';
import {createRequire} from 'node:module';
import {arch, availableParallelism, cpus, loadavg, platform, totalmem} from 'node:os';
import {join} from 'node:path';
import {setTimeout} from 'node:timers/promises';
import {parseArgs} from 'node:util';
import {setFlagsFromString} from 'node:v8';
import {runInNewContext} from 'node:vm';
import * as tf from '@tensorflow/tfjs';
import {deviceOf, startBackend} from './backends.js';
import {CASES} from './cases.js';
import {type Environment, type Row, summarize, toMarkdown} from './report.js';
import {runCases} from './run.js';

const {values: options} = parseArgs({
  options: {
    backend: {type: 'string', default: 'cpu'},
    only: {type: 'string', default: ''},
    rounds: {type: 'string', default: '10'},
    out: {type: 'string', default: join(import.meta.dirname, 'results')},
    smoke: {type: 'boolean', default: false},
  },
});
const rounds = Number(options.rounds);
if (!Number.isInteger(rounds) || rounds < 1) {
  throw new Error(`--rounds must be a positive integer, but is ${options.rounds}.`);
}

setFlagsFromString('--expose-gc');
const collectGarbage = runInNewContext('gc') as () => void;

// A collection also throws out compiled code, so there is one only for much garbage.
const MUCH_GARBAGE = 2 ** 25;
let kept = process.memoryUsage().arrayBuffers;

/** Arrays are freed in the background, which must not slow what comes next. */
async function rest(): Promise<void> {
  if (process.memoryUsage().arrayBuffers - kept < MUCH_GARBAGE) return;
  collectGarbage();
  await setTimeout(10);
  kept = process.memoryUsage().arrayBuffers;
}

const loadBefore = loadavg()[0];
const {onHost} = await startBackend(options.backend);
const device = await deviceOf(options.backend);
const rows: Row[] = [];
for await (const results of runCases(CASES, {
  only: new RegExp(options.only),
  smoke: options.smoke,
  rounds,
  warmUp: options.smoke ? 0 : 500,
  rest,
  onHost,
})) {
  const [{case: name, pass}] = results;
  console.error(`${name}, ${pass}`);
  rows.push(...summarize(results));
}
if (rows.length === 0) throw new Error(`no case matches --only ${options.only}.`);

const {version} = createRequire(import.meta.url)('tfjs-normalization/package.json') as {
  version: string;
};
const environment: Environment = {
  package: `tfjs-normalization ${version}`,
  backend: options.backend,
  machine: {
    cpu: cpus()[0].model,
    cores: availableParallelism(),
    memoryGB: Math.round(totalmem() / 1e9),
    platform: `${platform()} ${arch()}`,
    device,
  },
  node: process.versions.node,
  packages: {'@tensorflow/tfjs': tf.version.tfjs},
  date: new Date().toISOString().slice(0, 10),
  rounds,
  loadAverage: [loadBefore, loadavg()[0]],
};
const table = toMarkdown(environment, rows);
console.log(table);

mkdirSync(options.out, {recursive: true});
const file = (extension: string) => join(options.out, `${options.backend}.${extension}`);
writeFileSync(file('json'), `${JSON.stringify({...environment, rows}, null, 2)}\n`);
writeFileSync(file('md'), table);
