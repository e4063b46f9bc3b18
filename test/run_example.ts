import {spawnSync} from 'node:child_process';
import {mkdtempSync, readFileSync, rmSync} from 'node:fs';
import {tmpdir} from 'node:os';
import {join} from 'node:path';

/** An example runs as its README says, prints a row like `row`, and leaves a report. */
export function expectExample(script: string, options: string, row: RegExp): void {
  const out = mkdtempSync(join(tmpdir(), 'example-'));
  const args = ['run', script, '--', ...options.split(' '), '--out', out];
  // npm is a batch file on Windows.
  const shell = process.platform === 'win32';
  const {status, stdout, stderr} = spawnSync('npm', args, {encoding: 'utf8', shell});
  expect({status, stderr}).toMatchObject({status: 0});
  expect(stdout).toMatch(row);
  const html = readFileSync(join(out, 'index.html'), 'utf8');
  rmSync(out, {recursive: true});
  // The report needs no network.
  expect(html).toMatch(/<svg /);
  expect(html).not.toMatch(/<script |<link|<img|url\(|@import|https?:[^"]*\.(js|css)/);
}
