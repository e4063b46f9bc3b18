/** `npm run bench -- graphs`: whole GraphModels with their norms fused, and without. */
import {spawnSync} from 'node:child_process';
import {mkdirSync, writeFileSync} from 'node:fs';
import {loadavg} from 'node:os';
import {join} from 'node:path';
import {fileURLToPath} from 'node:url';
import {parseArgs} from 'node:util';
import '../../scripts/node_util.mjs';
import {whyNoTensorflow} from '../../scripts/setup_node.mjs';
import {startBackend} from '../backends.js';
import {environmentOf} from '../environment.js';
import {rest} from '../garbage.js';
import {describe} from '../report.js';
import {type Figure, measureModel} from './measure.js';
import {MODELS} from './models.js';
import {tableOf} from './table.js';

const RESULTS = join(import.meta.dirname, '../results');

const {values: options} = parseArgs({
  allowPositionals: true,
  options: {
    backend: {type: 'string'},
    only: {type: 'string', default: ''},
    rounds: {type: 'string', default: '12'},
    out: {type: 'string'},
    /** Of a process that this one started. */
    json: {type: 'boolean', default: false},
  },
});
const rounds = Number(options.rounds);

/** What a process of its own measures on a backend. */
async function measure(backend: string): Promise<Figure[]> {
  await startBackend(backend);
  const figures: Figure[] = [];
  for (const model of MODELS.filter(({name}) => new RegExp(options.only).test(name))) {
    console.error(`${backend}: ${model.name}`);
    figures.push(await measureModel(backend, model, {rounds, warmUp: 0, rest}));
  }
  return figures;
}

function measureApart(backend: string): Figure[] {
  const self = fileURLToPath(import.meta.url);
  const args = ['--import', import.meta.resolve('tsx'), self, '--backend', backend, '--json'];
  const {status, stdout} = spawnSync(
    process.execPath,
    [...args, '--only', options.only, '--rounds', options.rounds],
    {stdio: ['ignore', 'pipe', 'inherit'], encoding: 'utf8'},
  );
  if (status !== 0) throw new Error(`the backend ${backend} failed.`);
  return JSON.parse(stdout.trim().split('\n').pop()!) as Figure[];
}

function report(figures: Figure[], before: number): void {
  const environment = environmentOf('graphs', null, rounds, {});
  environment.loadAverage = [before, loadavg()[0]];
  // What ran is in the table.
  const run = describe({...environment, backend: undefined});
  const text = [...tableOf(figures), '', `${run}.`, ''].join('\n');
  console.log(text);
  const isWhole = options.only === '' && options.backend == null;
  const out = options.out ?? (isWhole ? RESULTS : null);
  if (out == null) return;
  mkdirSync(out, {recursive: true});
  writeFileSync(join(out, 'graphs.md'), text);
}

if (options.json) {
  console.log(JSON.stringify(await measure(options.backend!)));
} else {
  const why = whyNoTensorflow();
  if (why != null) console.error(`Not on the backend tensorflow: ${why}.`);
  const all = ['cpu', 'wasm', ...(why == null ? ['tensorflow'] : [])];
  const before = loadavg()[0];
  report((options.backend?.split(',') ?? all).flatMap(measureApart), before);
}
