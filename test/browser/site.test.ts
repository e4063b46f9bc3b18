/** The site: its pages, links, accessibility, numbers and lab, in a browser and below a path. */
import {execFileSync} from 'node:child_process';
import {existsSync, readdirSync, readFileSync} from 'node:fs';
import {extname, join, posix} from 'node:path';
import {type Browser, chromium, type Page} from 'playwright-core';
import {NORMS} from '../../site/norms.js';
import {ARGS} from './tab.js';

const root = join(__dirname, '../..');
const dist = join(root, 'site/dist');
const BASE = 'http://localhost/some/path/';
const PHONE = {width: 390, height: 800};
const TYPES: Record<string, string> = {
  '.html': 'text/html',
  '.css': 'text/css',
  '.js': 'text/javascript',
  '.wasm': 'application/wasm',
  '.svg': 'image/svg+xml',
  '.woff2': 'font/woff2',
};
const axe = readFileSync(require.resolve('axe-core/axe.min.js'), 'utf8');

let browser: Browser;
let pages: string[];
const text = (page: string) => readFileSync(join(dist, page), 'utf8');

beforeAll(async () => {
  execFileSync(process.execPath, ['--import', 'tsx', 'site/build.ts'], {cwd: root, stdio: 'pipe'});
  pages = readdirSync(dist, {recursive: true, encoding: 'utf8'}).filter(name =>
    name.endsWith('.html'),
  );
  browser = await chromium.launch({executablePath: process.env['CHROME_PATH'], args: ARGS});
}, 120_000);
afterAll(() => browser.close());

/** A tab that finds the site at BASE; `complaints` has errors and whatever else it asks for. */
async function open(colorScheme: 'light' | 'dark' = 'light') {
  const tab = await browser.newPage({viewport: PHONE, colorScheme});
  const complaints: string[] = [];
  tab.on('pageerror', error => complaints.push(error.message));
  tab.on('console', message => {
    if (message.type() === 'error') complaints.push(message.text());
  });
  await tab.route('**', async route => {
    const url = route.request().url();
    const file = join(dist, new URL(url).pathname.slice('/some/path/'.length));
    if (url.startsWith(BASE) && existsSync(file)) {
      await route.fulfill({contentType: TYPES[extname(file)], body: readFileSync(file)});
    } else {
      complaints.push(`It asks for ${url}.`);
      await route.abort();
    }
  });
  return {tab, complaints};
}

test('every internal link and anchor leads somewhere', () => {
  expect(pages.length).toBeGreaterThan(100);
  const broken: string[] = [];
  for (const page of pages) {
    for (const [, href] of text(page).matchAll(/(?:href|src)="([^"]*)"/g)) {
      if (/^(https?|data):/.test(href)) continue;
      const [path, hash] = href.split('#');
      const target = path === '' ? page : posix.join(posix.dirname(page), path);
      const isThere =
        existsSync(join(dist, target)) && (!hash || text(target).includes(`id="${hash}"`));
      if (!isThere || href.startsWith('/')) broken.push(`${page}: ${href}`);
    }
  }
  expect(broken).toEqual([]);
}, 30_000);

type Violation = {id: string; nodes: Array<{html: string}>};
/** In the dark only the colours differ. */
const IN_THE_DARK = ['color-contrast', 'link-in-text-block'];
const violations = (tab: Page, rules: string[] | null) =>
  tab.evaluate(async rules => {
    const {axe} = globalThis as unknown as {
      axe: {run: (options: object) => Promise<{violations: Violation[]}>};
    };
    const found = await axe.run({
      resultTypes: ['violations'],
      ...(rules && {runOnly: {type: 'rule', values: rules}}),
    });
    return found.violations.map(({id, nodes}) => `${id}: ${nodes[0].html.slice(0, 200)}`);
  }, rules);

/** The frame of a page's text: the same everywhere, but for where its links lead. */
const frame = (page: string) =>
  text(page).replace(/<main[^]*<\/main>|(?<=<title>).+(?= · )|"[^"]*"| aria-current=/g, '');

test('no page complains, asks another host, is too wide for a phone or keeps anyone out', async () => {
  const {tab, complaints} = await open();
  await tab.goto(`${BASE}index.html`);
  await tab.evaluate(axe);
  // Two pages have scripts of their own, and tests of their own that load them.
  const scripted = ['lab.html', 'playground.html'];
  const others = pages.filter(page => frame(page) !== frame('index.html'));
  expect(others.sort()).toEqual(scripted);
  for (const page of pages) {
    expect(text(page)).toMatch(/<title>\S.* · tfjs-normalization<\/title>/);
    const [main] = /<main[^]*<\/main>/.exec(text(page))!;
    // Its pictures are loaded from where it stands.
    await tab.evaluate(
      ([html, url]) => {
        history.replaceState(null, '', url);
        document.querySelector('main')!.outerHTML = html;
      },
      [main, BASE + page] as const,
    );
    const width = await tab.evaluate(() => document.documentElement.scrollWidth);
    if (width > PHONE.width) complaints.push(`${page} is ${width} pixels wide.`);
    const light = await violations(tab, null);
    await tab.emulateMedia({colorScheme: 'dark'});
    const dark = await violations(tab, IN_THE_DARK);
    await tab.emulateMedia({colorScheme: 'light'});
    complaints.push(...[...light, ...dark].map(violation => `${page}: ${violation}`));
  }
  await tab.close();
  expect(complaints).toEqual([]);
}, 240_000);

type Row = {name: string; y: number; dx: number};

const ALL = NORMS.map(({id}) => id);

test.each([
  ['cpu', ALL],
  ['wasm', ALL],
  ['webgl', ['batch', 'group', 'grn']],
  ['webgpu', ['batch', 'group', 'grn']],
])(
  'the playground is right on %s',
  async (backend, norms) => {
    const {tab, complaints} = await open();
    await tab.goto(`${BASE}playground.html#backend=${backend}&shape=4,6,8&norm=rms&groups=2`);
    expect(await tab.inputValue('#backend')).toBe(backend);
    for (const norm of norms) {
      for (const layout of ['last', 'first']) {
        const rows = await tab.evaluate(
          async ({norm, layout}) => {
            const {playground} = globalThis as unknown as {
              playground: {run: (limit: number) => Promise<Row[]>};
            };
            const form = document.querySelector<HTMLFormElement>('#settings')!;
            (form.elements.namedItem('norm') as HTMLSelectElement).value = norm;
            (form.elements.namedItem('layout') as HTMLSelectElement).value = layout;
            return playground.run(0);
          },
          {norm, layout},
        );
        const {y, dx} = rows.find(({name}) => name === 'this package')!;
        expect([norm, layout, y < 1e-5, dx < 1e-4]).toEqual([norm, layout, true, true]);
        expect(rows.some(({name, y}) => name === 'composed of tf ops' && y < 1e-3)).toBe(true);
      }
    }
    await tab.close();
    expect(complaints).toEqual([]);
  },
  120_000,
);

test('the playground trains two networks', async () => {
  const {tab, complaints} = await open();
  await tab.goto(`${BASE}playground.html#shape=2,4&backend=cpu&second=layer+norm`);
  expect(await tab.inputValue('#norm-b')).toBe('layer norm');
  await tab.selectOption('#norm-b', 'batch norm');
  expect(tab.url()).toContain('second=batch+norm');
  await tab.click('#train');
  await tab.waitForSelector('#training:has-text("Step 200 of 200")', {timeout: 60_000});
  expect(await tab.locator('#curves path').count()).toBe(3);
  const losses = (await tab.textContent('#training'))!.match(/\d\.\d{3}/g)!.map(Number);
  // Without a norm the network of tiny weights does not learn.
  expect(losses[0]).toBeGreaterThan(0.6);
  expect(losses[1]).toBeLessThan(0.4);
  await tab.close();
  expect(complaints).toEqual([]);
}, 90_000);

const node = (name: string, op: string, input: string[] = [], attr = {}) => ({
  name,
  op,
  input,
  attr,
});
const FLOAT = {dtype: {type: 'DT_FLOAT'}};
const RMS_GRAPH = {
  format: 'graph-model',
  modelTopology: {
    node: [
      node('x', 'Placeholder', [], {...FLOAT, shape: {shape: {dim: [{size: '-1'}, {size: '8'}]}}}),
      node('axis', 'Const', [], {
        dtype: {type: 'DT_INT32'},
        value: {tensor: {dtype: 'DT_INT32', tensorShape: {dim: [{size: '1'}]}}},
      }),
      node('epsilon', 'Const', [], {
        ...FLOAT,
        value: {tensor: {dtype: 'DT_FLOAT', tensorShape: {}}},
      }),
      node('square', 'Square', ['x']),
      node('mean', 'Mean', ['square', 'axis'], {keep_dims: {b: true}}),
      node('sum', 'AddV2', ['mean', 'epsilon']),
      node('rsqrt', 'Rsqrt', ['sum']),
      node('y', 'Mul', ['x', 'rsqrt']),
    ],
  },
  signature: {inputs: {x: {name: 'x:0'}}, outputs: {y: {name: 'y:0'}}},
};

/** Drags a file over an element, which must accept it, and drops it there. */
async function dropFile(tab: Page, selector: string, name: string, text: string): Promise<void> {
  const dataTransfer = await tab.evaluateHandle(
    ([name, text]) => {
      const data = new DataTransfer();
      data.items.add(new File([text], name, {type: 'application/json'}));
      return data;
    },
    [name, text] as const,
  );
  const isMarked = () =>
    tab.locator(selector).evaluate(({classList}) => classList.contains('over'));
  // A browser drops only on what has cancelled the event before, and else opens the file.
  const isCancelled = (type: string) =>
    tab
      .locator(selector)
      .evaluate(
        (target, {type, dataTransfer}) =>
          !target.dispatchEvent(
            new DragEvent(type, {dataTransfer, bubbles: true, cancelable: true}),
          ),
        {type, dataTransfer},
      );
  expect(await isCancelled('dragover')).toBe(true);
  expect(await isMarked()).toBe(true);
  await isCancelled('dragleave');
  expect(await isMarked()).toBe(false);
  await isCancelled('dragover');
  expect(await isCancelled('drop')).toBe(true);
  expect(await isMarked()).toBe(false);
}

test('the lab says what would be folded, and why a file cannot be read', async () => {
  const {tab, complaints} = await open();
  await tab.goto(`${BASE}lab.html`);
  await tab.click('#example');
  await tab.waitForSelector('#status:has-text("Done")', {timeout: 60_000});
  const report = (await tab.textContent('#report'))!;
  expect(report).toContain('norm goes into conv, with the activation relu');
  expect(report).toContain('last_norm, a LayerNormalization');
  // y = x · rsqrt(mean(x²) + ε), the way the converter writes it.
  const buffer = Buffer.from(JSON.stringify(RMS_GRAPH));
  await tab.setInputFiles('#file', {name: 'model.json', mimeType: 'application/json', buffer});
  await tab.waitForSelector('#status:has-text("Done: a GraphModel")');
  expect(await tab.textContent('#report')).toContain('y is a rms in the place of');
  await tab.fill('#model', '{"modelTopology": 3}');
  await tab.click('#examine');
  await tab.waitForSelector('#status:has-text("This cannot be examined")');
  await dropFile(tab, '#drop', 'dropped.json', JSON.stringify(RMS_GRAPH));
  await tab.waitForSelector('#status:has-text("Done: a GraphModel")');
  expect(await tab.textContent('#report')).toContain('y is a rms in the place of');
  await tab.close();
  expect(complaints).toEqual([]);
}, 90_000);

test('menu, text and theme are reached by keyboard, and the theme is kept', async () => {
  const {tab} = await open('light');
  await tab.goto(`${BASE}start.html`);
  await tab.keyboard.press('Tab');
  expect(await tab.evaluate(() => document.activeElement!.textContent)).toBe('Skip to the text');
  await tab.focus('#menu summary');
  await tab.keyboard.press('Enter');
  await tab.keyboard.press('Tab');
  await tab.keyboard.press('Enter');
  await tab.waitForURL(`${BASE}index.html`);
  await tab.focus('#theme');
  await tab.keyboard.press('Enter');
  await tab.goto(`${BASE}faq.html`);
  expect(await tab.evaluate(() => document.documentElement.dataset['theme'])).toBe('dark');
  await tab.close();
});
