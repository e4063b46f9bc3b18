// Makes @tensorflow/tfjs-node, whose install script npm does not run here, work:
//
//     node scripts/setup_node.mjs [--optional]
//
// With --optional, failing is no failure, except in CI.
//
// By the package's own installer or, where that cannot download, with libtensorflow from the
// wheel of TensorFlow's Python package and the package's binding compiled against it. The result
// is kept in the user's cache and linked from node_modules, which `npm ci` empties.
import {spawnSync} from 'node:child_process';
import {
  cpSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  renameSync,
  rmSync,
  symlinkSync,
} from 'node:fs';
import {homedir} from 'node:os';
import {dirname, join, resolve} from 'node:path';
import {fileURLToPath} from 'node:url';
import {root} from './setup.mjs';

const TENSORFLOW = '2.21.0';
const NAPI = 8;

const modules = join(root, 'node_modules');
const tfjsNode = join(modules, '@tensorflow', 'tfjs-node');
const PARTS = ['deps', 'lib'];
const BINDING = join('lib', `napi-v${NAPI}`, 'tfjs_binding.node');

/** @returns {string | null} why the backend cannot run here, or null if it can */
export function whyNoTensorflow() {
  // It calls util.isNullOrUndefined, which Node 23 removed.
  if (Number(process.versions.node.split('.')[0]) > 22) {
    return `@tensorflow/tfjs-node needs Node 22 or older; this is ${process.versions.node}`;
  }
  if (existsSync(join(tfjsNode, BINDING))) return null;
  return 'libtensorflow is not there; npm run setup:node provides it or says what it needs';
}

function setupNode() {
  const {version} = JSON.parse(readFileSync(join(tfjsNode, 'package.json'), 'utf8'));
  const kept = join(cacheFolder(), `tfjs-node-${version}-${process.platform}-${process.arch}`);
  if (!existsSync(kept)) {
    mkdirSync(dirname(kept), {recursive: true});
    const folder = mkdtempSync(`${kept}-`);
    try {
      provide(folder);
      step('check', process.execPath, ['-e', 'require(process.argv[1])', join(folder, BINDING)]);
      renameSync(folder, kept);
    } finally {
      rmSync(folder, {recursive: true, force: true});
    }
  }
  for (const part of PARTS) {
    rmSync(join(tfjsNode, part), {recursive: true, force: true});
    // A junction needs no rights on Windows; elsewhere the type does not count.
    symlinkSync(join(kept, part), join(tfjsNode, part), 'junction');
  }
  console.log(`setup: @tensorflow/tfjs-node ${version} is ready`);
}

export function cacheFolder() {
  const cache = process.env['XDG_CACHE_HOME'] || join(homedir(), '.cache');
  return join(cache, 'tfjs-normalization');
}

/**
 * Fills the folder with what the package's installer would put into the package.
 *
 * @param {string} folder
 */
function provide(folder) {
  try {
    // Empty folders of an earlier try would pass for a download.
    for (const part of PARTS) rmSync(join(tfjsNode, part), {recursive: true, force: true});
    step('install @tensorflow/tfjs-node', 'npm', [
      'rebuild',
      '@tensorflow/tfjs-node',
      '--ignore-scripts=false',
      '--foreground-scripts',
    ]);
    for (const part of PARTS) {
      cpSync(join(tfjsNode, part), join(folder, part), {recursive: true, verbatimSymlinks: true});
    }
  } catch (error) {
    if (process.platform !== 'linux' || process.arch !== 'x64') throw error;
    unpackWheel(folder);
    compileBinding(folder);
  }
}

/** @param {string} folder */
function unpackWheel(folder) {
  need('python3', ['-m', 'pip', '--version'], 'Python 3 with pip, to download libtensorflow');
  const wheels = join(folder, 'wheels');
  // The library is the same for every Python, so the oldest one's wheel serves all.
  step(`download tensorflow-cpu ${TENSORFLOW}`, 'python3', [
    ...['-m', 'pip', 'download', `tensorflow-cpu==${TENSORFLOW}`, '--no-deps', '--dest', wheels],
    ...['--only-binary', ':all:', '--python-version', '3.11', '--implementation', 'cp'],
    ...['--abi', 'cp311', '--platform', 'manylinux_2_27_x86_64', '--disable-pip-version-check'],
  ]);
  step('unpack', 'python3', ['-c', UNPACK, wheels, folder]);
  rmSync(wheels, {recursive: true});
}

// The two libraries to deps/lib; the headers that the binding includes to include.
const UNPACK = `
import glob, os, shutil, sys, zipfile
wheel = zipfile.ZipFile(glob.glob(sys.argv[1] + '/*.whl')[0])
libraries = ('tensorflow/libtensorflow_cc.so.2', 'tensorflow/libtensorflow_framework.so.2')
include = 'tensorflow/include/'
headers = tuple(include + d for d in ('tensorflow/c/', 'tensorflow/core/platform/', 'xla/tsl/', 'tsl/'))
for name in wheel.namelist():
    if name in libraries:
        target = 'deps/lib/' + os.path.basename(name)
    elif name.startswith(headers) and not name.endswith('/'):
        target = 'include/' + name[len(include):]
    else:
        continue
    target = os.path.join(sys.argv[2], target)
    os.makedirs(os.path.dirname(target), exist_ok=True)
    with wheel.open(name) as source, open(target, 'wb') as out:
        shutil.copyfileobj(source, out, 1 << 24)
`;

/** @param {string} folder */
function compileBinding(folder) {
  need('g++', ['--version'], "g++, to compile tfjs-node's binding");
  const include = join(folder, 'include');
  mkdirSync(dirname(join(folder, BINDING)), {recursive: true});
  step('compile the binding', 'g++', [
    ...['-O2', '-std=c++17', '-shared', '-fPIC', '-w', '-o', join(folder, BINDING)],
    ...['tfjs_backend.cc', 'tfjs_binding.cc'].map(name => join(tfjsNode, 'binding', name)),
    ...[tfjsNode, include, join(modules, 'node-api-headers', 'include')].flatMap(path => [
      '-I',
      path,
    ]),
    ...['-L', join(folder, 'deps', 'lib')],
    ...['-l:libtensorflow_cc.so.2', '-l:libtensorflow_framework.so.2'],
    '-Wl,-rpath,$ORIGIN/../../deps/lib',
  ]);
  rmSync(include, {recursive: true});
}

/**
 * @param {string} command
 * @param {string[]} args
 * @param {string} what
 */
function need(command, args, what) {
  if (spawnSync(command, args).status !== 0) throw new Error(`Missing: ${what}.`);
}

/**
 * Runs a command under a line of progress.
 *
 * @param {string} name
 * @param {string} command
 * @param {string[]} args
 */
function step(name, command, args) {
  process.stdout.write(`setup: ${name} ... `);
  const start = Date.now();
  const {status, error, stdout, stderr} = spawnSync(command, args, {
    cwd: root,
    encoding: 'utf8',
    maxBuffer: 2 ** 30,
    // npm is a batch file there.
    shell: process.platform === 'win32' && command === 'npm',
  });
  console.log(status === 0 ? `${((Date.now() - start) / 1000).toFixed(1)} s` : 'failed');
  if (status === 0) return;
  throw new Error([stdout, stderr, error?.message].filter(Boolean).join('\n').trim());
}

if (process.argv[1] && resolve(process.argv[1]) === fileURLToPath(import.meta.url)) {
  const optional = process.argv[2] === '--optional' && !process.env['CI'];
  try {
    if (whyNoTensorflow() != null) setupNode();
  } catch (error) {
    // What does without the backend says so itself.
    if (!optional) {
      console.error(error instanceof Error ? error.message : error);
      process.exitCode = 1;
    }
  }
}
