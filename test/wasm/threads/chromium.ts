import {mkdirSync, readFileSync} from 'node:fs';
import {tmpdir} from 'node:os';
import {join} from 'node:path';
import sparticuz from '@sparticuz/chromium';
import {type Browser, chromium} from 'playwright-core';

/** The Chromium that npm installed, or that of CHROME_PATH. */
export async function launchChromium(): Promise<Browser> {
  return chromium.launch({
    executablePath: process.env['CHROME_PATH'] ?? (await unpacked()),
    args: ['--no-sandbox'],
  });
}

/** It unpacks itself into the folder for temporary files, where it takes any version for its own. */
async function unpacked(): Promise<string> {
  const before = process.env['TMPDIR'];
  const manifest = readFileSync(join(__dirname, '../../../package.json'), 'utf8');
  const {devDependencies} = JSON.parse(manifest) as {devDependencies: Record<string, string>};
  const folder = join(tmpdir(), `chromium-${devDependencies['@sparticuz/chromium']}`);
  mkdirSync(folder, {recursive: true});
  process.env['TMPDIR'] = folder;
  try {
    return await sparticuz.executablePath();
  } finally {
    if (before == null) delete process.env['TMPDIR'];
    else process.env['TMPDIR'] = before;
  }
}
