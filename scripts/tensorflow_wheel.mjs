// libtensorflow from the wheel of TensorFlow's Python package, and tfjs-node's binding compiled
// against it.
import {mkdirSync, readdirSync, rmSync, writeFileSync} from 'node:fs';
import {dirname, join} from 'node:path';
import {root} from './setup.mjs';
import {need, step} from './step.mjs';

const NAPI = 8;
const modules = join(root, 'node_modules');
export const tfjsNode = join(modules, '@tensorflow', 'tfjs-node');
export const BINDING = join('lib', `napi-v${NAPI}`, 'tfjs_binding.node');

/**
 * Fills the folder with what tfjs-node's installer would put into the package.
 *
 * @param {string} folder
 * @param {string} version of TensorFlow
 */
export function provideFromWheel(folder, version) {
  need('python3', ['-m', 'pip', '--version'], 'Python 3 with pip, to download libtensorflow');
  need('g++', ['--version'], "g++, to compile tfjs-node's binding");
  const wheels = join(folder, 'wheels');
  // The library is the same for every Python, so one that there is a wheel for serves all.
  const python = Number(version.split('.')[1]) < 12 ? '3.9' : '3.11';
  const platforms = ['manylinux2010', 'manylinux2014', 'manylinux_2_17', 'manylinux_2_27'];
  step(`download tensorflow-cpu ${version}`, 'python3', [
    ...['-m', 'pip', 'download', `tensorflow-cpu==${version}`, '--no-deps', '--dest', wheels],
    ...['--only-binary', ':all:', '--python-version', python, '--implementation', 'cp'],
    ...['--abi', `cp${python.replace('.', '')}`, '--disable-pip-version-check'],
    ...platforms.flatMap(name => ['--platform', `${name}_x86_64`]),
  ]);
  step('unpack', 'python3', ['-c', UNPACK, wheels, folder]);
  rmSync(wheels, {recursive: true});
  compileBinding(folder);
}

// The libraries to deps/lib; the headers that the binding includes to include.
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

/** @param {string} folder */
function compileBinding(folder) {
  const include = join(folder, 'include');
  const libraries = join(folder, 'deps', 'lib');
  for (const name of readdirSync(libraries)) {
    if (name.startsWith('_pywrap')) standInForPython(libraries, name);
  }
  mkdirSync(dirname(join(folder, BINDING)), {recursive: true});
  step('compile the binding', 'g++', [
    ...['-O2', '-std=c++17', '-shared', '-fPIC', '-w', '-o', join(folder, BINDING)],
    ...['tfjs_backend.cc', 'tfjs_binding.cc'].map(name => join(tfjsNode, 'binding', name)),
    ...[tfjsNode, include, join(modules, 'node-api-headers', 'include')].flatMap(path => [
      '-I',
      path,
    ]),
    ...['-L', libraries, '-Wl,--no-as-needed', '-Wl,--allow-shlib-undefined'],
    ...readdirSync(libraries).map(name => `-l:${name}`),
    '-Wl,-rpath,$ORIGIN/../../deps/lib',
  ]);
  rmSync(include, {recursive: true});
}

/**
 * Before 2.12 the wheel has the library in one with Python's module of it, which refers to Python. A
 * library with nothing under those names is enough, since what is used of it never gets there.
 *
 * @param {string} folder
 * @param {string} library
 */
function standInForPython(folder, library) {
  const symbols = step('read symbols', 'nm', ['-D', '--undefined-only', join(folder, library)]);
  const names = [...symbols.matchAll(/ U (_?Py\w+)/g)].map(match => match[1]);
  const source = join(folder, 'python.c');
  writeFileSync(source, names.map(name => `char ${name}[64];\n`).join(''));
  const output = join(folder, 'libno_python.so');
  step('compile what stands in for Python', 'g++', [
    ...['-x', 'c', '-shared', '-fPIC', '-fno-builtin', '-o', output, source],
  ]);
  rmSync(source);
}
