/** The wasm backend's threaded build, which tfjs takes in cross-origin isolated pages only. */
import {readFileSync} from 'node:fs';
import {createServer, type Server} from 'node:http';
import type {AddressInfo} from 'node:net';
import {basename, dirname, join} from 'node:path';
import {build} from 'esbuild';
import type {Browser} from 'playwright-core';
import {expectRight} from '../expect_right.js';
import {launchChromium} from './chromium.js';
import type {Report} from './page.js';

const WASM = join(
  dirname(require.resolve('@tensorflow/tfjs-backend-wasm/package.json')),
  'wasm-out',
);

let browser: Browser;
let server: Server;

beforeAll(async () => {
  const {outputFiles} = await build({
    entryPoints: [join(__dirname, 'page.ts')],
    bundle: true,
    write: false,
    format: 'iife',
    define: {global: 'globalThis'},
    logLevel: 'error',
  });
  const files: Record<string, [type: string, body: string | Uint8Array]> = {
    '/': ['text/html', '<!doctype html><script src="/page.js"></script>'],
    '/page.js': ['text/javascript', outputFiles[0].contents],
  };
  server = createServer(({url = '/'}, response) => {
    const wasm = url.startsWith('/wasm/') ? readFileSync(join(WASM, basename(url))) : undefined;
    const [type, body] = wasm ? ['application/wasm', wasm] : (files[url] ?? ['text/plain', '']);
    response.setHeader('content-type', type);
    response.setHeader('cross-origin-opener-policy', 'same-origin');
    response.setHeader('cross-origin-embedder-policy', 'require-corp');
    response.end(body);
  });
  await new Promise<void>(resolve => server.listen(0, '127.0.0.1', resolve));
  browser = await launchChromium();
}, 120_000);

afterAll(async () => {
  await browser.close();
  server.close();
});

test('the kernels work in place in its shared memory', async () => {
  const page = await browser.newPage();
  const {port} = server.address() as AddressInfo;
  await page.goto(`http://127.0.0.1:${port}/`);
  const {outcomes, ...report} = await page.evaluate(() =>
    (globalThis as unknown as {run(): Promise<Report>}).run(),
  );
  expect(report).toEqual({
    crossOriginIsolated: true,
    backend: 'wasm',
    threads: expect.any(Number) as number,
    shared: true,
  });
  expect(report.threads).toBeGreaterThan(0);
  expectRight(outcomes);
}, 60_000);
