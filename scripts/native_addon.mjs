import {spawnSync} from 'node:child_process';
import {existsSync} from 'node:fs';
import {join} from 'node:path';
import {root} from './step.mjs';

/** @returns {string | null} why the native ops cannot run here, or null if they can */
export function whyNoAddon() {
  const {platform, arch} = process;
  if (existsSync(join(root, 'native', 'prebuilt', `${platform}-${arch}.node`))) return null;
  return 'their addon is not there for this platform; node native/build.mjs compiles it';
}

/**
 * Runs the tests of the native ops on another addon; the process fails if they do.
 *
 * @param {string} addon its path
 * @param {Record<string, string>} env
 */
export function testAddon(addon, env = {}) {
  const jest = join(root, 'node_modules', 'jest', 'bin', 'jest.js');
  // The test of 10,000 calls is left out: sanitizers keep the memory of each.
  const tests = ['test/node/native/(ops|plans).test', '--testNamePattern', '^(?!10,000)'];
  const args = [jest, ...tests, '--runInBand', '--selectProjects', 'tensorflow native'];
  const {status} = spawnSync(process.execPath, args, {
    cwd: root,
    // With CI set, jest's configuration requires a browser, which is of no use here.
    env: {...process.env, CI: '', TFN_ADDON: addon, ...env},
    stdio: 'inherit',
  });
  process.exitCode = status ?? 1;
}
