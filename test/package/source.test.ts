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

test.each(['cpu', 'wasm', 'node', 'webgpu'])(
  'the backend %s has a folder that registers its kernels',
  backend => {
    expect(readdirSync(join(source, 'kernels', backend))).toContain('register.ts');
  },
);
