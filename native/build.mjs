// Compiles the addon to native/prebuilt/<platform>-<arch>.node, with $CC or cc:
//
//     node native/build.mjs
//
// Needs neither TensorFlow's headers nor Node's. The users of this package on platforms that it
// has no binary for can run it; what it has is made by `npm run build:native`.
import {spawnSync} from 'node:child_process';
import {mkdirSync, mkdtempSync, renameSync, rmSync} from 'node:fs';
import {join, resolve} from 'node:path';
import {fileURLToPath} from 'node:url';

const folder = fileURLToPath(new URL('.', import.meta.url));

const FLAGS = [
  ...['-std=c11', '-O3', '-fPIC', '-fvisibility=hidden'],
  // Nothing here throws, so that nobody unwinds the stack but debuggers, which have tables of their own.
  ...['-fno-asynchronous-unwind-tables', '-fno-unwind-tables'],
  ...['-Wall', '-Wextra', '-Wno-unused-function', '-Wno-unknown-pragmas'],
];
// As written: no fused operations, and no errno that a square root would set.
const LOOPS = ['-ffp-contract=off', '-fno-math-errno', '-fopenmp-simd'];
const AVX2 = ['-mavx2', '-mfma', '-mbmi', '-mbmi2', '-mtune=haswell'];

/**
 * @param {string} cc the compiler, and what arguments it always gets
 * @param {string} platform as Node names it
 * @param {string} arch
 * @param {string} output
 * @param {boolean} debug whether it keeps the names of functions and the lines of sources
 */
export function build(cc, platform, arch, output, debug = false) {
  // Beside the file that it becomes, which a process may have loaded: it is replaced, not changed.
  mkdirSync(join(output, '..'), {recursive: true});
  const objects = mkdtempSync(`${output}-`);
  try {
    const compile = (/** @type {string} */ name, /** @type {string[]} */ flags) => {
      const object = join(objects, `${name}.o`);
      run(cc, [...FLAGS, debug ? '-g' : '-g0', ...flags, '-c', `${name}.c`, '-o', object]);
      return object;
    };
    const loops = arch === 'x64' ? [...LOOPS, ...AVX2] : LOOPS;
    // Only these need the processor that addon.c asks for.
    const vectors = ['added', 'groups', 'normalize', 'normalize_grad'];
    const others = ['addon', 'define_op', 'lines', 'ops', 'plan', 'pool', 'tensorflow'];
    const files = [
      ...vectors.map(name => compile(name, loops)),
      ...others.map(name => compile(name, [])),
    ];
    const link =
      platform === 'darwin'
        ? ['-dynamiclib', '-undefined', 'dynamic_lookup']
        : ['-shared', ...(debug ? [] : ['-s']), '-Wl,--build-id=none', '-ldl', '-lpthread'];
    const linked = join(objects, 'addon.node');
    run(cc, [...files, ...link, '-o', linked]);
    renameSync(linked, output);
  } finally {
    rmSync(objects, {recursive: true, force: true});
  }
}

/**
 * @param {string} cc
 * @param {string[]} args
 */
function run(cc, args) {
  const [command, ...before] = cc.split(' ');
  const {status, error} = spawnSync(command, [...before, ...args], {cwd: folder, stdio: 'inherit'});
  if (status !== 0) throw new Error(`${cc} failed${error ? `: ${error.message}` : ''}.`);
}

if (process.argv[1] && resolve(process.argv[1]) === fileURLToPath(import.meta.url)) {
  const {platform, arch} = process;
  const output = join(folder, 'prebuilt', `${platform}-${arch}.node`);
  build(process.env['CC'] || 'cc', platform, arch, output);
  console.log(output);
}
