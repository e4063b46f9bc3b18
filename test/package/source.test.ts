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

test('every backend is registered', () => {
  const backends = readdirSync(join(source, 'kernels', 'backends'));
  const code = readFileSync(join(source, 'register.ts'), 'utf8');
  const imported = [...code.matchAll(/from '\.\/kernels\/backends\/(\w+)\/register\.js'/g)];
  const called = imported.filter(([, backend]) =>
    new RegExp(`^ {2}register${backend}Kernels\\(\\);$`, 'im').test(code),
  );
  expect(backends.length).toBeGreaterThan(0);
  expect(called.map(([, backend]) => backend).sort()).toEqual(backends.sort());
});
