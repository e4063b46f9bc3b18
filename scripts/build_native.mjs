// Compiles the addon with TensorFlow ops for the package's binaries:
//
//     npm run build:native [-- <output folder>]
//
// The compiler is a fixed version of Zig's clang, which PyPI has and which brings all that it links
// against, so that the bytes are the same whatever the machine has. It is kept in the user's cache.
import {spawnSync} from 'node:child_process';
import {chmodSync, readdirSync, rmSync} from 'node:fs';
import {join, relative} from 'node:path';
import {build} from '../native/build.mjs';
import {cacheFolder, keptInCache} from './cache.mjs';
import {root} from './setup.mjs';

const ZIG = '0.15.2';
/** Linux from glibc 2.17 on, of 2012. */
const TARGETS = {'linux-x64': 'x86_64-linux-gnu.2.17'};

/** @returns {string} the compiler's path, which is downloaded if need be */
function zig() {
  const kept = keptInCache(`zig-${ZIG}`, folder => {
    const pip = ['-m', 'pip', 'download', `ziglang==${ZIG}`, '--no-deps', '--only-binary', ':all:'];
    python([...pip, '--disable-pip-version-check', '--quiet', '--dest', folder]);
    const [wheel] = readdirSync(folder);
    python(['-m', 'zipfile', '-e', join(folder, wheel), folder]);
    rmSync(join(folder, wheel));
    chmodSync(join(folder, 'ziglang', 'zig'), 0o755);
  });
  return join(kept, 'ziglang', 'zig');
}

/** @param {string[]} args */
function python(args) {
  const {status, stderr, error} = spawnSync('python3', args, {encoding: 'utf8'});
  if (status === 0) return;
  const said = error?.message ?? stderr.trim();
  throw new Error(`The compiler was not to be had by Python 3 with pip: ${said}`);
}

const output = process.argv[2] ?? join(root, 'native', 'prebuilt');
const cache = join(cacheFolder(), 'zig-cache');
Object.assign(process.env, {ZIG_GLOBAL_CACHE_DIR: cache, ZIG_LOCAL_CACHE_DIR: cache});
for (const [name, target] of Object.entries(TARGETS)) {
  const [platform, arch] = name.split('-');
  const file = join(output, `${name}.node`);
  build(`${zig()} cc -target ${target}`, platform, arch, file);
  console.log(relative(process.cwd(), file));
}
