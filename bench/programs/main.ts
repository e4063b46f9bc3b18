/** `npm run bench -- programs`: whole programs with this package and without it. */
import {spawnSync} from 'node:child_process';
import {mkdirSync, readFileSync, writeFileSync} from 'node:fs';
import {loadavg} from 'node:os';
import {join} from 'node:path';
import {fileURLToPath} from 'node:url';
import {parseArgs} from 'node:util';
import '../../scripts/node_util.mjs';
import {whyNoTensorflow} from '../../scripts/setup_node.mjs';
import {startBackend} from '../backends.js';
import {environmentOf} from '../environment.js';
import {rest} from '../garbage.js';
import {describe, putBetweenMarks} from '../report.js';
import {type Figure, measurePrograms} from './measure.js';
import {tableOf} from './table.js';

const ROOT = join(import.meta.dirname, '../..');
const NAME = 'programs';

const {values: options} = parseArgs({
  allowPositionals: true,
  options: {
    backend: {type: 'string'},
    only: {type: 'string', default: ''},
    rounds: {type: 'string', default: '12'},
    out: {type: 'string'},
    smoke: {type: 'boolean', default: false},
    /** The flag of a process that this one started. */
    json: {type: 'boolean', default: false},
  },
});
const rounds = Number(options.rounds);

/** A process of its own measures this on a backend. */
async function measure(backend: string): Promise<Figure[]> {
  await startBackend(backend);
  const method = {rounds, warmUp: 0, rest};
  const figures: Figure[] = [];
  for await (const each of measurePrograms(
    backend,
    new RegExp(options.only),
    options.smoke,
    method,
  )) {
    console.error(`${backend}: ${each[0].program}`);
    figures.push(...each);
  }
  return figures;
}

function measureApart(backend: string): Figure[] {
  const self = fileURLToPath(import.meta.url);
  const args = ['--import', import.meta.resolve('tsx'), self, '--backend', backend, '--json'];
  const given = ['--only', options.only, '--rounds', options.rounds];
  const {status, stdout} = spawnSync(
    process.execPath,
    [...args, ...given, ...(options.smoke ? ['--smoke'] : [])],
    {stdio: ['ignore', 'pipe', 'inherit'], encoding: 'utf8'},
  );
  if (status !== 0) throw new Error(`the backend ${backend} failed.`);
  return JSON.parse(stdout.trim().split('\n').pop()!) as Figure[];
}

function report(figures: Figure[], before: number): void {
  const environment = environmentOf('programs', null, rounds, {});
  environment.loadAverage = [before, loadavg()[0]];
  // The table has the programs that ran.
  const run = describe({...environment, backend: undefined});
  const text = [...tableOf(figures), '', `${run}.`, ''].join('\n');
  console.log(text);
  const isWhole = options.only === '' && !options.smoke && options.backend == null;
  const out = options.out ?? (isWhole ? join(ROOT, 'bench/results') : null);
  if (out == null) return;
  mkdirSync(out, {recursive: true});
  writeFileSync(join(out, `${NAME}.md`), text);
  if (!isWhole) return;
  const readme = join(ROOT, 'README.md');
  writeFileSync(readme, putBetweenMarks(readFileSync(readme, 'utf8'), NAME, text));
}

if (options.json) {
  console.log(JSON.stringify(await measure(options.backend!)));
} else {
  const why = whyNoTensorflow();
  if (why != null) console.error(`Not on the backend tensorflow: ${why}.`);
  const backends = options.backend?.split(',') ?? ['wasm', ...(why == null ? ['tensorflow'] : [])];
  const before = loadavg()[0];
  report(backends.flatMap(measureApart), before);
}
