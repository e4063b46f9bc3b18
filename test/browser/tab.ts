import {existsSync, readFileSync} from 'node:fs';
import {extname, join} from 'node:path';
import {chromium, type Page as Tab} from 'playwright-core';
import {addCoverage} from './coverage.js';

const ORIGIN = 'http://localhost/';
const TYPES: Record<string, string> = {'.js': 'text/javascript', '.wasm': 'application/wasm'};

// Both GPU interfaces are SwiftShader's, so that what runs does not depend on the machine.
export const ARGS = [
  '--no-sandbox',
  '--use-angle=swiftshader',
  '--enable-unsafe-swiftshader',
  '--enable-unsafe-webgpu',
  '--use-webgpu-adapter=swiftshader',
];

// Chromium's advice on speed, which reading a result gives rise to.
const ADVICE = /GL Driver Message \(OpenGL, Performance/;

/**
 * Opens a browser on a page of one of the scripts that setup.js has bundled. The page finds files at
 * `/name` in the folders, and may share memory between threads.
 */
export async function openTab(script: string, folders: string[] = []) {
  const browser = await chromium.launch({executablePath: process.env['CHROME_PATH'], args: ARGS});
  const tab = await browser.newPage();
  const complaints: string[] = [];
  tab.on('pageerror', error => complaints.push(error.message));
  tab.on('console', message => {
    if (!['warning', 'error'].includes(message.type()) || ADVICE.test(message.text())) return;
    complaints.push(message.text());
  });
  await serve(tab, script, [process.env['PAGES']!, ...folders]);
  await tab.goto(ORIGIN);
  if (complaints.length > 0) {
    await browser.close();
    throw new Error(complaints.join('\n'));
  }
  return {
    tab,
    /** The complaints of the browser since it was last asked. */
    complaints: () => complaints.splice(0).join('\n'),
    close: async () => {
      addCoverage(await tab.evaluate('globalThis.__coverage__'));
      await browser.close();
    },
  };
}

/** Without a server. WebGPU is for secure origins only, of which localhost is one. */
const serve = (tab: Tab, script: string, folders: string[]) =>
  tab.route(`${ORIGIN}**`, async route => {
    const name = route.request().url().slice(ORIGIN.length);
    const headers = {
      'cross-origin-opener-policy': 'same-origin',
      'cross-origin-embedder-policy': 'require-corp',
    };
    if (name === '') {
      const body = `<!doctype html><link rel="icon" href="data:,"><script src="/${script}"></script>`;
      await route.fulfill({headers, contentType: 'text/html', body});
    } else {
      const body = readFirst(folders.map(folder => join(folder, name)));
      await route.fulfill({headers, contentType: TYPES[extname(name)], body});
    }
  });

function readFirst(paths: string[]): Buffer {
  const found = paths.find(path => existsSync(path));
  if (found == null) throw new Error(`None of ${paths.join(', ')} is there.`);
  return readFileSync(found);
}
