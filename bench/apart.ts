/** The parts of the bench that measure each backend in a process of its own, and make one table of all, share this. */
import {spawnSync} from 'node:child_process';
import {mkdirSync, writeFileSync} from 'node:fs';
import {loadavg} from 'node:os';
import {join} from 'node:path';
import '../scripts/node_util.mjs';
import {whyNoTensorflow} from '../scripts/setup_node.mjs';
import {environmentOf} from './environment.js';
import {describe} from './report.js';

export const RESULTS = join(import.meta.dirname, 'results');

/**
 * The figures of all backends.
 *
 * @param script A script that prints the figures of `--backend` as JSON in its last line, told `--json`.
 * @param backends The names behind `--backend`, apart by commas. Defaults to `all`, and tensorflow if it is there.
 */
export function measureApart<Figure>(
  script: string,
  args: readonly string[],
  backends: string | undefined,
  all: readonly string[],
): Figure[] {
  const why = whyNoTensorflow();
  if (why != null) console.error(`Not on the backend tensorflow: ${why}.`);
  const named = backends?.split(',') ?? [...all, ...(why == null ? ['tensorflow'] : [])];
  return named.flatMap(backend => {
    const {status, stdout} = spawnSync(
      process.execPath,
      ['--import', import.meta.resolve('tsx'), script, '--json', '--backend', backend, ...args],
      {stdio: ['ignore', 'pipe', 'inherit'], encoding: 'utf8'},
    );
    if (status !== 0) throw new Error(`the backend ${backend} failed.`);
    return JSON.parse(stdout.trim().split('\n').pop()!) as Figure[];
  });
}

/**
 * Prints a table and the machine that it was measured on, and writes them to a file, `name.md`, of the folder if
 * there is one. Returns the text.
 *
 * @param before The load average before the first figure.
 */
export function reportApart(
  name: string,
  table: readonly string[],
  {rounds, before, folder}: {rounds: number; before: number; folder: string | null},
): string {
  const environment = environmentOf(name, null, rounds, {});
  environment.loadAverage = [before, loadavg()[0]];
  const text = [...table, '', `${describe({...environment, backend: undefined})}.`, ''].join('\n');
  console.log(text);
  if (folder != null) {
    mkdirSync(folder, {recursive: true});
    writeFileSync(join(folder, `${name}.md`), text);
  }
  return text;
}
