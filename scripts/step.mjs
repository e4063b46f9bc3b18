// An old Node can parse this file, since scripts/setup.mjs needs it before it checks the version.
import {spawnSync} from 'child_process';
import {fileURLToPath} from 'url';

export const root = fileURLToPath(new URL('..', import.meta.url));

/**
 * Runs a command, with a line that says which and how long it took. Returns the command's output.
 *
 * @param {string} name
 * @param {string} command
 * @param {string[]} args
 * @param {string} cwd
 */
export function step(name, command, args, cwd = root) {
  process.stdout.write(`setup: ${name} ... `);
  const start = Date.now();
  const {status, signal, error, stdout, stderr} = spawnSync(command, args, {
    cwd,
    encoding: 'utf8',
    maxBuffer: 2 ** 30,
    stdio: ['ignore', 'pipe', 'pipe'],
    // On Windows npm is a batch file.
    shell: process.platform === 'win32' && command === 'npm',
  });
  console.log(status === 0 ? `${((Date.now() - start) / 1000).toFixed(1)} s` : 'failed');
  if (status === 0) return stdout;
  const why = [stdout, stderr, error && error.message, signal && `${command}: ended by ${signal}`];
  throw new Error(why.filter(Boolean).join('\n').trim());
}

/**
 * @param {string} command
 * @param {string[]} args
 * @param {string} what
 */
export function need(command, args, what) {
  if (spawnSync(command, args).status !== 0) throw new Error(`Missing: ${what}.`);
}
