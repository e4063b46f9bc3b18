// Runs the tests of the native ops on an addon that is compiled with gcc's sanitizers for addresses
// and for undefined behaviour:
//
//     npm run test:sanitized
import {spawnSync} from 'node:child_process';
import {mkdtempSync, rmSync} from 'node:fs';
import {tmpdir} from 'node:os';
import {join} from 'node:path';
import {build} from '../native/build.mjs';
import {testAddon} from './native_addon.mjs';
import {need} from './step.mjs';

const CC = 'gcc -fsanitize=address,undefined -fno-sanitize-recover=undefined';

need('gcc', ['--version'], 'gcc, to compile the addon with its sanitizers');
const folder = mkdtempSync(join(tmpdir(), 'tfn-sanitized-'));
try {
  const addon = join(folder, 'addon.node');
  build(CC, process.platform, process.arch, addon, true);
  const runtime = spawnSync('gcc', ['-print-file-name=libasan.so'], {encoding: 'utf8'});
  // V8 never frees all of its memory, which would be reported as leaks.
  testAddon(addon, {LD_PRELOAD: runtime.stdout.trim(), ASAN_OPTIONS: 'detect_leaks=0'});
} finally {
  rmSync(folder, {recursive: true});
}
