// Runs the tests of the native ops on an addon that node-gyp compiles, as on platforms for which
// the package has no binary:
//
//     npm run test:compiled
import {cpSync, mkdirSync, mkdtempSync, rmSync, writeFileSync} from 'node:fs';
import {tmpdir} from 'node:os';
import {join} from 'node:path';
import {testAddon} from './native_addon.mjs';
import {need, root, step} from './step.mjs';

need('make', ['--version'], 'make, by which node-gyp compiles');
const folder = mkdtempSync(join(tmpdir(), 'tfn-compiled-'));
try {
  const native = join(folder, 'native');
  cpSync(join(root, 'native'), native, {recursive: true});
  rmSync(join(native, 'prebuilt'), {recursive: true});
  // node-gyp would download Node's headers, which the addon does not need; these files keep it from
  // that.
  const headers = join(folder, 'include', 'node');
  mkdirSync(headers, {recursive: true});
  for (const name of ['common.gypi', 'config.gypi']) writeFileSync(join(headers, name), '{}');
  // npm has a node-gyp of its own, which its scripts find.
  const rebuild = `node-gyp rebuild -C ${native} --nodedir=${folder}`;
  step('compile the addon', 'npm', ['exec', '-c', rebuild]);
  testAddon(join(native, 'prebuilt', `${process.platform}-${process.arch}.node`));
} finally {
  rmSync(folder, {recursive: true});
}
