import {mkdtempSync, rmSync, writeFileSync} from 'node:fs';
import {tmpdir} from 'node:os';
import {join} from 'node:path';
import {figure, page, table} from '../../examples/shared/html.js';
import {makeFolder} from '../../examples/shared/program.js';
import {deviation, median, percentile} from '../../examples/shared/statistics.js';

describe('statistics', () => {
  it('interpolate percentiles', () => {
    expect(percentile([40, 10, 20, 30], 0.5)).toBe(25);
    expect(percentile([40, 10, 20, 30], 1)).toBe(40);
    expect(percentile([5], 0.15)).toBe(5);
    expect(median([3, 1, 2])).toBe(2);
  });

  it("have the sample's deviation, and none of one value", () => {
    expect(deviation([4, 6])).toBeCloseTo(Math.SQRT2, 12);
    expect(deviation([4])).toBeNull();
  });
});

describe('html', () => {
  it('escapes what is text', () => {
    const cell = table(['<a>'], [['b & "c"']]);
    expect(cell).toContain('<th>&lt;a&gt;</th>');
    expect(cell).toContain('<td>b &amp; &quot;c&quot;</td>');
    expect(page('a < b', [])).toContain('<title>a &lt; b</title>');
  });

  it('names a picture for those who do not see it', () => {
    expect(figure('x < y', '<svg width="1"></svg>', [])).toContain(
      '<svg role="img" aria-label="x &lt; y" width="1">',
    );
  });
});

describe('files', () => {
  const folder = mkdtempSync(join(tmpdir(), 'examples-shared-'));
  afterAll(() => rmSync(folder, {recursive: true}));

  it('cannot be left in a folder of which the name is taken', () => {
    const path = join(folder, 'file');
    writeFileSync(path, '');
    expect(() => makeFolder(path)).toThrow(/^--out: EEXIST/);
    expect(makeFolder(join(folder, 'b', 'c'))).toBe(join(folder, 'b', 'c'));
  });
});
