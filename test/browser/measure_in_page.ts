import type {Measurement} from '../golden/measure.js';
import type {Page} from './page.js';
import {makePages} from './setup.js';
import type {SuiteName} from './suites.js';
import {openTab} from './tab.js';
import teardown from './teardown.js';

declare const page: Page;

/** Runs test/golden/measure.ts in a page, on the backend of the suite. */
export async function measureInPage(suite: SuiteName): Promise<Measurement[]> {
  await makePages();
  const {tab, complaints, close} = await openTab('page.js');
  try {
    await tab.evaluate(name => page.start(name), suite);
    const found = await tab.evaluate(() => page.measure());
    const heard = complaints();
    if (heard !== '') throw new Error(heard);
    return found;
  } finally {
    await close();
    teardown();
  }
}
