// Provides libtensorflow from the wheel of TensorFlow's Python package, and tfjs-node's binding
// compiled against it.
import {
  cpSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import {tmpdir} from 'node:os';
import {dirname, join} from 'node:path';
import {keptInCache} from './cache.mjs';
import {need, root, step} from './step.mjs';

const NAPI = 8;
const modules = join(root, 'node_modules');
export const tfjsNode = join(modules, '@tensorflow', 'tfjs-node');
export const BINDING = join('lib', `napi-v${NAPI}`, 'tfjs_binding.node');

/**
 * @typedef {object} Target the processor that libtensorflow and the binding are for
 * @property {string} wheel the Python package that has the library
 * @property {string} machine the processor's name on PyPI
 * @property {string} cxx the compiler, with the arguments that it always gets
 */

/** @type {Target} */
const X64 = {wheel: 'tensorflow-cpu', machine: 'x86_64', cxx: 'g++'};

/**
 * Fills the folder with what tfjs-node's installer would put into the package.
 *
 * @param {string} folder
 * @param {string} version of TensorFlow
 * @param {Target} target
 */
export function provideFromWheel(folder, version, {wheel, machine, cxx} = X64) {
  const [compiler, ...always] = cxx.split(' ');
  need('python3', ['-m', 'pip', '--version'], 'Python 3 with pip, to download libtensorflow');
  need(compiler, [...always, '--version'], `${compiler}, to compile tfjs-node's binding`);
  const wheels = join(folder, 'wheels');
  // The library is the same in the wheels for every Python, so any Python that has a wheel will do.
  const python = Number(version.split('.')[1]) < 12 ? '3.9' : '3.11';
  const platforms = ['manylinux2010', 'manylinux2014', 'manylinux_2_17', 'manylinux_2_27'];
  step(`download ${wheel} ${version}`, 'python3', [
    ...['-m', 'pip', 'download', `${wheel}==${version}`, '--no-deps', '--dest', wheels],
    ...['--only-binary', ':all:', '--python-version', python, '--implementation', 'cp'],
    ...['--abi', `cp${python.replace('.', '')}`, '--disable-pip-version-check'],
    ...platforms.flatMap(name => ['--platform', `${name}_${machine}`]),
  ]);
  step('unpack', 'python3', ['-c', UNPACK, wheels, folder]);
  rmSync(wheels, {recursive: true});
  compileBinding(folder, compiler, always);
}

/**
 * Returns the folder that provideFromWheel fills, which it does once.
 *
 * @param {string} version
 * @param {Target} target
 */
export function keptFromWheel(version, target = X64) {
  const {version: own} = JSON.parse(readFileSync(join(tfjsNode, 'package.json'), 'utf8'));
  const machine = target === X64 ? '' : `-${target.machine}`;
  const name = `tfjs-node-${own}-tensorflow-${version}${machine}`;
  return keptInCache(name, folder => provideFromWheel(folder, version, target));
}

/**
 * Copies tfjs-node to a temporary folder, with the library and the binding of a kept one. The
 * caller removes it.
 *
 * @param {string} kept
 */
export function copyTfjsNode(kept) {
  const folder = mkdtempSync(join(tmpdir(), 'tfjs-node-'));
  for (const part of ['package.json', 'dist']) {
    cpSync(join(tfjsNode, part), join(folder, part), {recursive: true});
  }
  for (const part of ['deps', 'lib']) symlinkSync(join(kept, part), join(folder, part));
  symlinkSync(modules, join(folder, 'node_modules'));
  return folder;
}

// This program unpacks the libraries to deps/lib, and the headers that the binding includes to
// include.
const UNPACK = `
import glob, os, shutil, sys, zipfile
wheel = zipfile.ZipFile(glob.glob(sys.argv[1] + '/*.whl')[0])
names = wheel.namelist()
main = 'tensorflow/libtensorflow_cc.so.2'
libraries = (
    main if main in names else 'tensorflow/python/_pywrap_tensorflow_internal.so',
    'tensorflow/libtensorflow_framework.so.2',
)
include = 'tensorflow/include/'
headers = tuple(include + d for d in ('tensorflow/c/', 'tensorflow/core/platform/', 'xla/tsl/', 'tsl/'))
for name in names:
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

/**
 * @param {string} folder
 * @param {string} compiler
 * @param {string[]} always
 */
function compileBinding(folder, compiler, always) {
  const include = join(folder, 'include');
  const libraries = join(folder, 'deps', 'lib');
  for (const name of readdirSync(libraries)) {
    if (name.startsWith('_pywrap')) standInForPython(libraries, name);
  }
  mkdirSync(dirname(join(folder, BINDING)), {recursive: true});
  step('compile the binding', compiler, [
    ...always,
    ...['-O2', '-std=c++17', '-shared', '-fPIC', '-w', '-o', join(folder, BINDING)],
    ...['tfjs_backend.cc', 'tfjs_binding.cc'].map(name => join(tfjsNode, 'binding', name)),
    ...[tfjsNode, include, join(modules, 'node-api-headers', 'include')].flatMap(path => [
      '-I',
      path,
    ]),
    ...['-Wl,--no-as-needed', '-Wl,--allow-shlib-undefined'],
    ...readdirSync(libraries).map(name => join(libraries, name)),
    '-Wl,-rpath,$ORIGIN/../../deps/lib',
  ]);
  rmSync(include, {recursive: true});
}

/**
 * Before version 2.12 the wheel's library is also Python's module, which refers to symbols of
 * Python. tfjs-node never calls what uses them, so a library that only defines the names is enough.
 *
 * @param {string} folder
 * @param {string} library
 */
function standInForPython(folder, library) {
  const symbols = step('read symbols', 'nm', ['-D', '--undefined-only', join(folder, library)]);
  const names = [...symbols.matchAll(/ U (_?Py\w+)/g)].map(match => match[1]);
  const source = join(folder, 'python.c');
  writeFileSync(source, names.map(name => `char ${name}[64];\n`).join(''));
  const name = 'libno_python.so';
  step('compile what stands in for Python', 'g++', [
    ...['-x', 'c', '-shared', '-fPIC', '-fno-builtin', source],
    ...[`-Wl,-soname,${name}`, '-o', join(folder, name)],
  ]);
  rmSync(source);
}
