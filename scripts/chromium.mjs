// Finds the Chromium that the browser tests run in: the one that CHROME_PATH names, or the one that
// npm installed, which is unpacked once into the user's cache.
import {spawnSync} from 'node:child_process';
import {existsSync, mkdirSync, mkdtempSync, readFileSync, renameSync, rmSync} from 'node:fs';
import {dirname, join} from 'node:path';
import sparticuz from '@sparticuz/chromium';
import {root} from './step.mjs';
import {cacheFolder} from './cache.mjs';

/** @returns {Promise<string | null>} why no browser can run here, or null if one can */
export async function whyNoChromium() {
  if (
    process.env['CHROME_PATH'] == null &&
    !(process.platform === 'linux' && process.arch === 'x64')
  ) {
    return 'the Chromium of npm is for Linux on x64; set CHROME_PATH to another';
  }
  const {status, error, stderr} = spawnSync(await chromiumPath(), ['--version'], {
    encoding: 'utf8',
  });
  return status === 0
    ? null
    : `Chromium does not start: ${error?.message ?? stderr.trim().split('\n')[0]}`;
}

/** @returns {Promise<string>} */
export async function chromiumPath() {
  return process.env['CHROME_PATH'] ?? (await unpacked());
}

async function unpacked() {
  const {devDependencies} = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8'));
  const kept = join(cacheFolder(), `chromium-${devDependencies['@sparticuz/chromium']}`);
  const path = join(kept, 'chromium');
  if (existsSync(path)) return path;
  mkdirSync(dirname(kept), {recursive: true});
  const folder = mkdtempSync(`${kept}-`);
  const before = process.env['TMPDIR'];
  // The package unpacks Chromium into the folder for temporary files, and takes any version there
  // for its own.
  process.env['TMPDIR'] = folder;
  try {
    await sparticuz.executablePath();
    // Another process may have been first.
    if (!existsSync(path)) renameSync(folder, kept);
  } finally {
    if (before == null) delete process.env['TMPDIR'];
    else process.env['TMPDIR'] = before;
    rmSync(folder, {recursive: true, force: true});
  }
  return path;
}
