/** Rules of the source that no type or lint rule can hold. */
import {readdirSync, readFileSync} from 'node:fs';
import {join} from 'node:path';

const source = join(__dirname, '../../src');

const filesUnder = (folder: string): string[] =>
  readdirSync(folder, {recursive: true, withFileTypes: true})
    .filter(entry => entry.isFile())
    .map(entry => join(entry.parentPath, entry.name));

test.each(filesUnder(join(source, 'kernels')))('%s names no norm', file => {
  // But what TensorFlow calls its ops.
  const code = readFileSync(file, 'utf8').replace(/'FusedBatchNorm(Grad)?V3'/g, '');
  expect(code).not.toMatch(/(layer|batch|group|instance|power|weight|spectral)_?norm/i);
});

test('every folder of kernels that has a register.ts is registered', () => {
  const kernels = join(source, 'kernels');
  const backends = readdirSync(kernels).filter(folder =>
    readdirSync(join(kernels, folder)).includes('register.ts'),
  );
  const code = readFileSync(join(source, 'register.ts'), 'utf8');
  const imported = [...code.matchAll(/from '\.\/kernels\/(\w+)\/register\.js'/g)];
  const called = imported.filter(([, backend]) =>
    new RegExp(`^ {2}register${backend}Kernels\\(\\);$`, 'im').test(code),
  );
  expect(backends.length).toBeGreaterThan(0);
  expect(called.map(([, backend]) => backend).sort()).toEqual(backends.sort());
});
