// Compiles the addon with TensorFlow ops for the package's binaries:
//
//     npm run build:native [-- <output folder>]
//
// The bytes are the same whatever the machine has (scripts/zig.mjs).
import {join, relative} from 'node:path';
import {build} from '../native/build.mjs';
import {root} from './setup.mjs';
import {zig} from './zig.mjs';

/** Linux from glibc 2.17 on, of 2012. */
const TARGETS = {
  'linux-x64': 'x86_64-linux-gnu.2.17',
  'linux-arm64': 'aarch64-linux-gnu.2.17',
};

const output = process.argv[2] ?? join(root, 'native', 'prebuilt');
for (const [name, target] of Object.entries(TARGETS)) {
  const [platform, arch] = name.split('-');
  const file = join(output, `${name}.node`);
  build(`${zig()} cc -target ${target}`, platform, arch, file);
  console.log(relative(process.cwd(), file));
}
