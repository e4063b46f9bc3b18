import {readFileSync} from 'node:fs';
import type {Browser, Page as Tab} from 'playwright-core';
import {launchChromium} from './chromium.js';
import {addCoverage} from './coverage.js';
import type {Page} from './page.js';
import {mapStack} from './stack.js';
import {type SuiteName, SUITES} from './suites.js';

declare const page: Page;

// Chromium's advice on speed, which reading a result gives rise to.
const ADVICE = /GL Driver Message \(OpenGL, Performance/;

/** Every case of the suite as a test, which runs in a page. */
export function runSuite(name: SuiteName): void {
  const bundle = process.env['PAGE_BUNDLE']!;
  const complaints: string[] = [];
  let browser: Browser;
  let tab: Tab;

  beforeAll(async () => {
    browser = await launchChromium();
    tab = await browser.newPage();
    tab.on('pageerror', error => complaints.push(error.message));
    tab.on('console', message => {
      if (!['warning', 'error'].includes(message.type()) || ADVICE.test(message.text())) return;
      complaints.push(message.text());
    });
    // Nothing serves it; WebGPU is for secure origins only, of which localhost is one.
    await tab.route('http://localhost/**', route =>
      route.request().url().endsWith('/page.js')
        ? route.fulfill({body: readFileSync(bundle), contentType: 'text/javascript'})
        : route.fulfill({
            body: '<!doctype html><link rel="icon" href="data:,"><script src="/page.js"></script>',
            contentType: 'text/html',
          }),
    );
    await tab.goto('http://localhost/');
    await tab.evaluate(name => page.start(name), name);
  }, 60_000);

  afterAll(async () => {
    addCoverage(await tab.evaluate('globalThis.__coverage__'));
    await browser.close();
  });

  test.each(SUITES[name].cases.map(c => c.name))('%s', async c => {
    const failure = await tab.evaluate(c => page.run(c), c);
    if (failure != null) {
      const error = new Error(failure.message);
      error.stack = mapStack(failure.stack, bundle);
      throw error;
    }
    expect(complaints.splice(0)).toEqual([]);
  });
}
