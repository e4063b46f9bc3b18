/** How the addon is found and loaded, each in a process of its own. */
import {spawnSync} from 'node:child_process';
import {cpSync, mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync} from 'node:fs';
import {tmpdir} from 'node:os';
import {join} from 'node:path';
import {build, type BuildOptions} from 'esbuild';

const root = join(__dirname, '../../..');
const binary = join('native', 'prebuilt', `${process.platform}-${process.arch}.node`);
const addon = join(root, binary);

let folder: string;
beforeEach(() => void (folder = mkdtempSync(join(tmpdir(), 'tfn-'))));
afterEach(() => rmSync(folder, {recursive: true}));

/** The built package, where `change` may alter it. */
function copyPackage(name: string): string {
  const copy = join(folder, name);
  mkdirSync(copy);
  for (const part of ['package.json', 'dist', 'native']) {
    cpSync(join(root, part), join(copy, part), {recursive: true});
  }
  symlinkSync(join(root, 'node_modules'), join(copy, 'node_modules'));
  return copy;
}

/** A script that loads what is installed for the package in `cwd`; returns its path. */
function writeScript(name: string, script: string, cwd = root): string {
  const file = join(cwd === root ? folder : cwd, name);
  const prelude = `
    const {createRequire} = require('node:module');
    const {Worker, parentPort, workerData} = require('node:worker_threads');
    const load = createRequire(${JSON.stringify(join(cwd, 'index.js'))});
    const print = value => console.log(JSON.stringify(value));
    const one = tfn => Array.from(tfn.layerNorm([1, 3], {epsilon: 0}).dataSync());
    const work = (script, workerData) => new Promise((resolve, reject) => {
      let message;
      new Worker(script, {workerData}).on('message', value => (message = value))
        .on('error', reject).on('exit', () => resolve(message));
    });`;
  writeFileSync(file, `${prelude}\n(async () => {${script}})();`);
  return file;
}

/** The last line that the script prints, as JSON. */
function runNode(script: string, cwd = root): unknown {
  const {status, signal, stdout, stderr} = spawnSync(
    process.execPath,
    [writeScript('script.cjs', script, cwd)],
    {cwd, encoding: 'utf8'},
  );
  if (status !== 0) throw new Error(`${status ?? signal}: ${stderr}`);
  return JSON.parse(stdout.trim().split('\n').pop()!);
}

const TFJS = `
  require(${JSON.stringify(join(root, 'scripts/node_util.mjs'))});
  const tf = load('@tensorflow/tfjs');
  load('@tensorflow/tfjs-node');
`;
const NATIVE = {backend: 'tensorflow', path: 'native'};

test('it loads from the built package, as a module and as CommonJS', () => {
  const infos = runNode(`${TFJS}
    print([(await import(${JSON.stringify(join(root, 'dist/index.js'))})).backendInfo(),
      load('./dist/index.cjs').backendInfo(), load('./dist/ops.cjs').backendInfo()]);`);
  expect(infos).toEqual([NATIVE, NATIVE, NATIVE]);
});

/** Bundles a program that prints how normalizations run; returns the bundle's path. */
async function bundleProgram(options: BuildOptions, load: string): Promise<string> {
  const outfile = join(folder, 'app', 'bundle.cjs');
  await build({
    stdin: {
      contents: `
        require(${JSON.stringify(join(root, 'scripts/node_util.mjs'))});
        require('@tensorflow/tfjs-node');
        ${load}
        console.log(JSON.stringify(tfn.backendInfo()));`,
      resolveDir: root,
    },
    bundle: true,
    platform: 'node',
    format: 'cjs',
    outfile,
    logLevel: 'silent',
    external: ['@tensorflow/*', join(root, 'scripts/*')],
    ...options,
  });
  return outfile;
}

const runBundle = (bundle: string, cwd: string): unknown => {
  const {stdout, stderr} = spawnSync(process.execPath, [bundle], {cwd, encoding: 'utf8'});
  return stdout === '' ? stderr : JSON.parse(stdout.trim().split('\n').pop()!);
};

// esbuild empties import.meta where it makes CommonJS of the package's modules.
test.each([
  ['modules', "import * as tfn from 'tfjs-normalization';", {}],
  ['CommonJS', "const tfn = require('tfjs-normalization');", {}],
  ['the ops, minified', "import * as tfn from 'tfjs-normalization/ops';", {minify: true}],
  ['nothing of the package', "const tfn = require('tfjs-normalization');", {packages: 'external'}],
] as Array<[string, string, BuildOptions]>)(
  'a bundle as CommonJS of %s keeps the native ops, where the package is installed',
  async (_, load, options) => {
    const bundle = await bundleProgram(options, load);
    mkdirSync(join(folder, 'node_modules'));
    symlinkSync(
      join(root, 'node_modules', '@tensorflow'),
      join(folder, 'node_modules/@tensorflow'),
    );
    symlinkSync(root, join(folder, 'node_modules/tfjs-normalization'));
    expect(runBundle(bundle, tmpdir())).toEqual(NATIVE);
  },
);

test('a bundle without the package says what to do, wherever it runs', async () => {
  const bundle = await bundleProgram({}, "import * as tfn from 'tfjs-normalization';");
  mkdirSync(join(folder, 'node_modules'));
  symlinkSync(join(root, 'node_modules', '@tensorflow'), join(folder, 'node_modules/@tensorflow'));
  // A program that is started somewhere must not load binaries from there.
  expect(runBundle(bundle, root)).toEqual({
    backend: 'tensorflow',
    path: 'fused',
    reason:
      'no addon: tfjs-normalization is bundled and its files are not found: make it external, or ' +
      'install it beside the bundle',
  });
});

test('before tfjs-node there is nothing to register with, and afterwards there is', () => {
  const found = runNode(`
    const tfn = load('./dist/index.cjs');
    const addon = require(${JSON.stringify(addon)});
    await load('@tensorflow/tfjs').setBackend('cpu');
    const early = [addon.register(), tfn.backendInfo()];
    ${TFJS}
    print([...early, tfn.backendInfo(), one(tfn)]);`);
  expect(found).toEqual([
    'not found in the process: libtensorflow',
    ...[{backend: 'cpu', path: 'fused'}, NATIVE, [-1, 1]],
  ]);
});

test('a library that lacks a symbol is refused by its name', () => {
  const missing = runNode(`
    const {sharedObjects} = process.report.getReport();
    const libc = sharedObjects.find(path => /libc[.-].*so/.test(path));
    print(require(${JSON.stringify(addon)}).register(libc));`);
  expect(missing).toBe('not found in the process: TF_NewStatus');
});

test('threads of JavaScript share the ops, which outlive the thread that loaded them', () => {
  const normalize = `${TFJS}
    const tfn = load('./dist/index.cjs');
    const x = tf.randomNormal([300, 300]);
    for (let i = 0; i < 200; i++) tf.tidy(() => void tfn.layerNorm(x));`;
  const worker = writeScript('worker.cjs', `${normalize} parentPort.postMessage(one(tfn));`);
  const found = runNode(`
    const first = await work(${JSON.stringify(worker)});
    const atOnce = [1, 2].map(() => work(${JSON.stringify(worker)}));
    ${normalize}
    print([first, ...(await Promise.all(atOnce)), one(tfn), tfn.backendInfo()]);`);
  expect(found).toEqual([...Array<number[]>(4).fill([-1, 1]), NATIVE]);
}, 60_000);

test('two copies of the package in two threads at once share the ops', () => {
  const worker = writeScript(
    'worker.cjs',
    `${TFJS}
    const {copy, turn, ready} = workerData;
    const addon = require(copy + '/${binary}');
    const tfn = require(copy);
    Atomics.add(ready, 0, 1);
    while (Atomics.load(ready, 0) < 2);
    const reason = addon.register() ?? null;
    // tfjs-node keeps the names of attributes in a set without a lock, so first ops must not meet.
    while (Atomics.load(ready, 0) < 2 + turn);
    parentPort.postMessage([reason, tfn.backendInfo(), one(tfn)]);
    Atomics.add(ready, 0, 1);`,
  );
  const found = runNode(`
    const ready = new Int32Array(new SharedArrayBuffer(4));
    const copies = ${JSON.stringify(['one', 'two'].map(copyPackage))};
    const works = copies.map((copy, turn) => work(${JSON.stringify(worker)}, {copy, turn, ready}));
    print(await Promise.all(works));`);
  expect(found).toEqual(Array(2).fill([null, NATIVE, [-1, 1]]));
}, 60_000);

const GPU = 'isUsingGpuDevice: {value: () => true}';
const OLD = "TF_Version: {value: '2.4.1'}";
test.each<[string, string, (binary: string) => void, RegExp]>([
  ['the binary is missing', '', rmSync, /^no addon: /],
  ['it is of another system', '', path => writeFileSync(path, 'none'), /^no addon: /],
  ['a GPU is in use', GPU, () => {}, /^TensorFlow uses a GPU$/],
  ['TensorFlow is too old', OLD, () => {}, /^TensorFlow 2.4.1 is not 2.5 or later$/],
])('the kernels run without it where %s', (_, change, spoil, reason) => {
  const copy = copyPackage('tfjs-normalization');
  spoil(join(copy, binary));
  const found = runNode(`${TFJS}
    const {binding} = tf.backend();
    tf.backend().binding = Object.create(binding, {${change}});
    const tfn = load('./dist/index.cjs');
    print([tfn.backendInfo(), one(tfn)]);`, copy); // prettier-ignore
  expect(found).toEqual([
    {backend: 'tensorflow', path: 'fused', reason: expect.stringMatching(reason) as string},
    [-1, 1],
  ]);
});

test('memory that is not to be had is an error, and nothing else', () => {
  // With so many columns the tables, the results and at last the scratch are each larger than the
  // step. With oneDNN, TensorFlow's own ops crash for want of memory.
  const found = runNode(`process.env.TF_ENABLE_ONEDNN_OPTS = '0'; ${TFJS}
    const {execFileSync} = require('node:child_process');
    const {readFileSync} = require('node:fs');
    const tfn = load('./dist/index.cjs');
    const x = tf.ones([8, 2 ** 21]);
    const normalize = () => tf.tidy(() => tfn.batchNorm(x).y.shape);
    const limit = bytes => execFileSync('prlimit', ['--pid', process.pid, '--as=' + bytes + ':']);
    const mapped = () => 1024 * /VmSize:\\s+(\\d+)/.exec(readFileSync('/proc/self/status'))[1];
    const held = () => [tf.memory().numTensors, tf.backend().getNumOfTFTensors()];
    normalize();
    const before = held();
    let message = '';
    for (let room = 96; room < 1024 && !message.includes('out of memory'); room += 16) {
      limit(mapped() + room * 2 ** 20);
      try {
        normalize();
      } catch (error) {
        message = error.message;
      }
      limit('unlimited');
    }
    print([message, before, held(), normalize()]);`);
  const [message, before, after, shape] = found as [string, number[], number[], number[]];
  expect(message).toContain('TF_Status: 8');
  expect(message).toContain('out of memory');
  expect(after).toEqual(before);
  expect(shape).toEqual([8, 2 ** 21]);
}, 120_000);
