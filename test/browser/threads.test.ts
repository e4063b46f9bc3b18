/** The wasm backend's threaded build, which tfjs takes in cross-origin isolated pages only. */
import {dirname, join} from 'node:path';
import {openTab} from './tab.js';
import type {Report} from './threads_page.js';

const WASM = join(
  dirname(require.resolve('@tensorflow/tfjs-backend-wasm/package.json')),
  'wasm-out',
);

test('the kernels work in place in its shared memory', async () => {
  const {tab, close} = await openTab('threads_page.js', [WASM]);
  const report = await tab.evaluate(() =>
    (globalThis as unknown as {run(): Promise<Report>}).run(),
  );
  await close();
  expect(report).toEqual({
    crossOriginIsolated: true,
    backend: 'wasm',
    threads: expect.any(Number) as number,
    shared: true,
    ran: expect.any(Number) as number,
  });
  expect(report.threads).toBeGreaterThan(0);
  expect(report.ran).toBeGreaterThan(0);
}, 60_000);
