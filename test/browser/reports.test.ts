/** The reports of the examples on a phone, by day and by night. */
import {execFileSync} from 'node:child_process';
import {join} from 'node:path';
import {type Browser, chromium} from 'playwright-core';

const EXAMPLES = [
  ...['sigmoids', 'convolutions', 'transformers', 'features', 'embeddings', 'generators'],
];
const PHONE = {width: 390, height: 800};
const WHITE = 'rgb(255, 255, 255)';

let browser: Browser;
let reports: string[];

beforeAll(async () => {
  const script = join(__dirname, 'short_reports.ts');
  const printed = execFileSync(process.execPath, ['--import', 'tsx', script], {encoding: 'utf8'});
  reports = JSON.parse(printed.trim().split('\n').pop()!) as string[];
  const executablePath = process.env['CHROME_PATH'];
  browser = await chromium.launch({executablePath, args: ['--no-sandbox']});
}, 60_000);
afterAll(() => browser.close());

async function open(html: string, colorScheme: 'light' | 'dark') {
  const page = await browser.newPage({viewport: PHONE, colorScheme});
  await page.setContent(html);
  return page;
}

/** The text that a page shows. */
const seen = () => ({
  order: Array.from(document.querySelectorAll('.finding, table'), ({textContent, tagName}) =>
    tagName === 'P' ? textContent : tagName,
  ),
  width: document.documentElement.scrollWidth,
  sizes: Array.from(document.querySelectorAll<SVGTextElement>('svg text'), text => {
    // The scale of the picture; some texts are turned.
    const {a, b} = text.getScreenCTM()!;
    return Math.hypot(a, b) * parseFloat(getComputedStyle(text).fontSize);
  }),
  marks: Array.from(
    document.querySelectorAll('[aria-label^="Y-axis"]'),
    axis => axis.querySelectorAll('.role-axis-label text').length,
  ),
  background: getComputedStyle(document.body).backgroundColor,
  colors: Array.from(
    document.querySelectorAll('p, a, td, th, dt, dd, h2, figcaption, svg text'),
    node => {
      const {fill, color} = getComputedStyle(node);
      return node instanceof SVGElement ? fill : color;
    },
  ),
});

test.each(
  EXAMPLES.flatMap(example =>
    (['light', 'dark'] as const).map(scheme => [example, scheme] as const),
  ),
)('the %s begin with what was found, and can be read on a phone, %s', async (example, scheme) => {
  const page = await open(reports[EXAMPLES.indexOf(example)], scheme);
  const {order, width, sizes, marks, background, colors} = await page.evaluate(seen);
  expect(order[0]).toMatch(/\d.*\.$/);
  expect(new Set(order.slice(1))).toEqual(new Set(['TABLE']));
  expect(width).toBe(PHONE.width);
  expect(Math.min(...sizes)).toBeGreaterThanOrEqual(12);
  expect(Math.min(...marks)).toBeGreaterThanOrEqual(2);
  expect(background === WHITE).toBe(scheme === 'light');
  const contrasts = colors.map(color => contrast(color, background));
  // The least that the Web Content Accessibility Guidelines allow.
  expect(Math.min(...contrasts)).toBeGreaterThanOrEqual(4.5);
  // Where there is none of them, the least is infinite.
  expect([sizes.length, marks.length, colors.length]).not.toContain(0);
});

test.each(EXAMPLES)('the %s say what a point or a bar stands for', async example => {
  const page = await open(reports[EXAMPLES.indexOf(example)], 'dark');
  const mark = page.locator('[aria-roledescription="point"], [aria-roledescription="bar"]').last();
  await mark.scrollIntoViewIfNeeded();
  const {x, y, width} = (await mark.boundingBox())!;
  // Beside the mark, as a finger is.
  await page.mouse.move(x + width + 5, y);
  const tooltip = page.locator('.tooltip');
  await expect(tooltip.textContent()).resolves.toMatch(/\S: -?\d/);
  const box = (await tooltip.boundingBox())!;
  expect(box.x).toBeGreaterThanOrEqual(0);
  expect(box.x + box.width).toBeLessThanOrEqual(PHONE.width);
});

test('a picture that is taken out of a report is dark on white', async () => {
  const svg = /<svg [^]*?<\/svg>/.exec(reports[0])![0];
  const page = await open(svg, 'dark');
  const style = await page.evaluate(() => {
    const {backgroundColor, color} = getComputedStyle(document.querySelector('svg')!);
    return [backgroundColor, color];
  });
  expect(style[0]).toBe(WHITE);
  expect(contrast(style[1], WHITE)).toBeGreaterThanOrEqual(4.5);
});

/** The contrast of two colors, from 1 to 21, as the Web Content Accessibility Guidelines define it. */
function contrast(...colors: [string, string]): number {
  const [dark, light] = colors.map(luminance).sort((a, b) => a - b);
  return (light + 0.05) / (dark + 0.05);
}

function luminance(color: string): number {
  const [r, g, b] = color.match(/[\d.]+/g)!.map(text => {
    const share = Number(text) / 255;
    return share <= 0.04045 ? share / 12.92 : ((share + 0.055) / 1.055) ** 2.4;
  });
  return 0.2126 * r + 0.7152 * g + 0.0722 * b;
}
