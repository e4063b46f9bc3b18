// Runs tests of the native ops with the package's binary for Linux on arm64, by emulation:
//
//     npm run test:arm64
//
// The downloads and the compiled binding are kept in the user's cache (1.1 GB).
import {spawnSync} from 'node:child_process';
import {rmSync} from 'node:fs';
import {join} from 'node:path';
import {nodeOnArm64} from './arm64.mjs';
import {root} from './step.mjs';
import {TENSORFLOW} from './setup_node.mjs';
import {copyTfjsNode, keptFromWheel} from './tensorflow_wheel.mjs';
import {zig} from './zig.mjs';

const PROJECTS = ['tensorflow', 'tensorflow native'];
const TESTS = ['test/conformance.test', 'test/node/native/(ops|plans).test'];
// The tests of the reference are left out, since it uses nothing of the binary, and so are the
// 10,000 calls, which take a minute.
const NAMES = 'fused|what runs|threads|zero|plan|fit|wanted';

const {command, env} = nodeOnArm64();
const cxx = `${zig()} c++ -target aarch64-linux-gnu`;
const kept = keptFromWheel(TENSORFLOW, {wheel: 'tensorflow', machine: 'aarch64', cxx});
const folder = copyTfjsNode(kept);
try {
  const jest = join(root, 'node_modules', 'jest', 'bin', 'jest.js');
  // A worker process of jest would not be emulated.
  const args = [jest, ...TESTS, '--testNamePattern', NAMES, '--runInBand'];
  const {status} = spawnSync(
    command[0],
    [...command.slice(1), ...args, '--selectProjects', ...PROJECTS],
    {
      cwd: root,
      // With CI set, jest's configuration requires a browser, and there is none for arm64.
      env: {...process.env, ...env, TFJS_NODE: folder, CI: ''},
      stdio: 'inherit',
    },
  );
  process.exitCode = status ?? 1;
} finally {
  rmSync(folder, {recursive: true});
}
