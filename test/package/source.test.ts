/** Rules of the source that no type or lint rule can hold. */
import {readdirSync, readFileSync} from 'node:fs';
import {join} from 'node:path';

const source = join(__dirname, '../../src');

const filesUnder = (folder: string): string[] =>
  readdirSync(folder, {recursive: true, withFileTypes: true})
    .filter(entry => entry.isFile())
    .map(entry => join(entry.parentPath, entry.name));

test.each(filesUnder(join(source, 'kernels')))('%s names no norm', file => {
  const code = readFileSync(file, 'utf8');
  expect(code).not.toMatch(/(layer|batch|group|instance|power|weight|spectral)_?norm/i);
});

test('every backend has the same kernel files', () => {
  const kernels = join(source, 'kernels');
  const filesOf = (folder: string) => readdirSync(join(kernels, folder));
  const backends = readdirSync(kernels).filter(name => filesOf(name).includes('register.ts'));
  expect(backends.length).toBeGreaterThan(0);
  // Those in the processor's memory share theirs: plain loops, and SIMD before them.
  const onHost = ['cpu', 'wasm'];
  const folders = [...backends.filter(name => !onHost.includes(name)), 'plain'];
  for (const folder of folders) {
    expect(filesOf(folder)).toEqual(expect.arrayContaining(['normalize.ts', 'normalize_grad.ts']));
  }
});
