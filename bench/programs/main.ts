/** `npm run bench -- programs`: whole programs with this package and without it. */
import {readFileSync, writeFileSync} from 'node:fs';
import {loadavg} from 'node:os';
import {join} from 'node:path';
import {fileURLToPath} from 'node:url';
import {parseArgs} from 'node:util';
import {measureApart, reportApart, RESULTS} from '../apart.js';
import {startBackend} from '../backends.js';
import {rest} from '../garbage.js';
import {putBetweenMarks} from '../report.js';
import {type Figure, measurePrograms} from './measure.js';
import {tableOf} from './table.js';

const README = join(import.meta.dirname, '../../README.md');
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
const {backend, only, smoke} = options;
const rounds = Number(options.rounds);

/** A process of its own measures this on a backend. */
async function measure(backend: string): Promise<Figure[]> {
  await startBackend(backend);
  const method = {rounds, warmUp: 0, rest};
  const figures: Figure[] = [];
  for await (const each of measurePrograms(backend, new RegExp(only), smoke, method)) {
    console.error(`${backend}: ${each[0].program}`);
    figures.push(...each);
  }
  return figures;
}

if (options.json) {
  console.log(JSON.stringify(await measure(backend!)));
} else {
  const before = loadavg()[0];
  const args = ['--only', only, '--rounds', options.rounds, ...(smoke ? ['--smoke'] : [])];
  const figures = measureApart<Figure>(fileURLToPath(import.meta.url), args, backend, ['wasm']);
  const isWhole = only === '' && !smoke && backend == null;
  const folder = options.out ?? (isWhole ? RESULTS : null);
  const text = reportApart(NAME, tableOf(figures), {rounds, before, folder});
  if (isWhole && folder != null) {
    writeFileSync(README, putBetweenMarks(readFileSync(README, 'utf8'), NAME, text));
  }
}
