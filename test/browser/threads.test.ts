/** The wasm backend's threaded build, which tfjs takes in cross-origin isolated pages only. */
import {dirname, join} from 'node:path';
import {expectRight} from '../wasm/expect_right.js';
import {openTab} from './tab.js';
import type {Report} from './threads_page.js';

const WASM = join(
  dirname(require.resolve('@tensorflow/tfjs-backend-wasm/package.json')),
  'wasm-out',
);

test('the kernels work in place in its shared memory', async () => {
  const {tab, close} = await openTab('threads_page.js', [WASM]);
  const {outcomes, ...report} = await tab.evaluate(() =>
    (globalThis as unknown as {run(): Promise<Report>}).run(),
  );
  await close();
  expect(report).toEqual({
    crossOriginIsolated: true,
    backend: 'wasm',
    threads: expect.any(Number) as number,
    shared: true,
  });
  expect(report.threads).toBeGreaterThan(0);
  expectRight(outcomes);
}, 60_000);
