import {mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync} from 'node:fs';
import {tmpdir} from 'node:os';
import {join} from 'node:path';
import {figure, page, table} from '../../examples/shared/html.js';
import {readIdx} from '../../examples/shared/idx.js';
import {makeFolder, replaceFile} from '../../examples/shared/program.js';
import {deviation, median, percentile} from '../../examples/shared/statistics.js';

describe('readIdx', () => {
  const file = (...bytes: number[]) => Uint8Array.from(bytes);

  it('reads the shape, big-endian, and the bytes', () => {
    const idx = file(0, 0, 8, 2, 0, 0, 0, 2, 0, 0, 0, 3, 1, 2, 3, 4, 5, 255);
    expect(readIdx(idx)).toEqual({shape: [2, 3], values: file(1, 2, 3, 4, 5, 255)});
  });

  it('reads a file that lies within a larger buffer', () => {
    const buffer = file(9, 9, 9, 0, 0, 8, 1, 0, 0, 0, 1, 7);
    expect(readIdx(buffer.subarray(3))).toEqual({shape: [1], values: file(7)});
  });

  it.each([
    ['not an IDX file', file(1, 0, 8, 1, 0, 0, 0, 1, 7)],
    ['not an IDX file', file(0, 0)],
    ['IDX type 13 is not that of unsigned bytes', file(0, 0, 13, 1, 0, 0, 0, 1, 7)],
    ['IDX file ends within its header', file(0, 0, 8, 1, 0, 0)],
    ['IDX file of shape [2] holds 1 values', file(0, 0, 8, 1, 0, 0, 0, 2, 7)],
  ])('says %s', (message, bytes) => {
    expect(() => readIdx(bytes)).toThrow(message);
  });
});

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

  it('are replaced as a whole', () => {
    const path = join(folder, 'a');
    writeFileSync(path, 'old and longer');
    replaceFile(path, 'new');
    expect(readFileSync(path, 'utf8')).toBe('new');
    expect(readdirSync(folder)).toEqual(['a']);
  });

  it('cannot be left in a folder of which the name is taken', () => {
    const path = join(folder, 'file');
    writeFileSync(path, '');
    expect(() => makeFolder(path)).toThrow(/^--out: EEXIST/);
    expect(makeFolder(join(folder, 'b', 'c'))).toBe(join(folder, 'b', 'c'));
  });
});
