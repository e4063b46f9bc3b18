import type {Page} from './page.js';
import {mapStack} from './stack.js';
import {type SuiteName, SUITES} from './suites.js';
import {openTab} from './tab.js';

declare const page: Page;

/** Every case of the suite as a test, which runs in a page. */
export function runSuite(name: SuiteName): void {
  let opened: Awaited<ReturnType<typeof openTab>> | undefined;

  beforeAll(async () => {
    opened = await openTab('page.js');
    await opened.tab.evaluate(name => page.start(name), name);
  }, 60_000);

  afterAll(() => opened?.close(), 60_000);

  test.each(SUITES[name].cases.map(c => c.name))(
    '%s',
    async c => {
      const failure = await opened!.tab.evaluate(c => page.run(c), c);
      const complaints = opened!.complaints();
      if (failure != null) {
        const error = new Error([failure.message, complaints].filter(Boolean).join('\n'));
        error.stack = mapStack(failure.stack);
        throw error;
      }
      expect(complaints).toBe('');
    },
    // On a busy machine the largest cases take over a minute.
    240_000,
  );
}
