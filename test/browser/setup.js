// Before all files of the project: what they share is made once and named in the environment.
import {mkdtempSync} from 'node:fs';
import {tmpdir} from 'node:os';
import {join} from 'node:path';
import {chromiumPath} from '../../scripts/chromium.mjs';
import {bundle, coverage} from './bundle.js';

/**
 * @param {{collectCoverage: boolean}} globalConfig
 * @param {Parameters<typeof coverage>[0]} config
 */
export default async function setup({collectCoverage}, config) {
  await makePages(collectCoverage ? [coverage(config)] : []);
}

/** @param {import('esbuild').Plugin[]} plugins */
export async function makePages(plugins = []) {
  process.env['CHROME_PATH'] = await chromiumPath();
  process.env['PAGES'] = mkdtempSync(join(tmpdir(), 'tfjs-normalization-'));
  const scripts = ['page.ts', 'threads_page.ts'].map(name => join(import.meta.dirname, name));
  await bundle(scripts, process.env['PAGES'], plugins);
}
