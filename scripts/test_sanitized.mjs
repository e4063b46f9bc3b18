// Runs the tests of the native ops on an addon that is compiled with gcc's sanitizers of addresses and
// of undefined behaviour:
//
//     npm run test:sanitized
import {spawnSync} from 'node:child_process';
import {mkdtempSync, rmSync} from 'node:fs';
import {tmpdir} from 'node:os';
import {join} from 'node:path';
import {build} from '../native/build.mjs';
import {root} from './setup.mjs';
import {need} from './step.mjs';

const CC = 'gcc -fsanitize=address,undefined -fno-sanitize-recover=undefined';
// Not the 10,000 calls, whose memory the sanitizer keeps.
const TESTS = ['test/node/native/ops.test', '--testNamePattern', 'what runs|threads|plan'];

need('gcc', ['--version'], 'gcc, to compile the addon with its sanitizers');
const folder = mkdtempSync(join(tmpdir(), 'tfn-sanitized-'));
try {
  const addon = join(folder, 'addon.node');
  build(CC, process.platform, process.arch, addon, true);
  const runtime = spawnSync('gcc', ['-print-file-name=libasan.so'], {encoding: 'utf8'});
  const jest = join(root, 'node_modules', 'jest', 'bin', 'jest.js');
  const args = [jest, ...TESTS, '--runInBand', '--selectProjects', 'tensorflow native'];
  const {status} = spawnSync(process.execPath, args, {
    cwd: root,
    env: {
      ...process.env,
      TFN_ADDON: addon,
      LD_PRELOAD: runtime.stdout.trim(),
      // Elsewhere CI requires the browser, which does not start with the sanitizers.
      CI: '',
      // V8 never gives back what it holds.
      ASAN_OPTIONS: 'detect_leaks=0',
    },
    stdio: 'inherit',
  });
  process.exitCode = status ?? 1;
} finally {
  rmSync(folder, {recursive: true});
}
