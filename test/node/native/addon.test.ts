/** How the addon is found and loaded, each in a process of its own. */
import {spawnSync} from 'node:child_process';
import {cpSync, mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync} from 'node:fs';
import {tmpdir} from 'node:os';
import {join} from 'node:path';

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

/** What the script prints last, as JSON. */
function runNode(script: string, cwd = root): unknown {
  const file = join(cwd === root ? folder : cwd, 'script.cjs');
  const prelude = `
    const {createRequire} = require('node:module');
    const load = createRequire(${JSON.stringify(join(cwd, 'index.js'))});
    const print = value => console.log(JSON.stringify(value));
    const one = tfn => Array.from(tfn.layerNorm([1, 3], {epsilon: 0}).dataSync());
  `;
  writeFileSync(file, `${prelude}(async () => {${script}})();`);
  const {status, signal, stdout, stderr} = spawnSync(process.execPath, [file], {
    cwd,
    encoding: 'utf8',
  });
  if (status !== 0) throw new Error(`${status ?? signal}: ${stderr}`);
  return JSON.parse(stdout.trim().split('\n').pop()!);
}

const TFJS = `
  require(${JSON.stringify(join(root, 'scripts/node_util.mjs'))});
  const tf = load('@tensorflow/tfjs');
  load('@tensorflow/tfjs-node');
`;
const NATIVE = {backend: 'tensorflow', path: 'native'};
const fused = (reason: unknown) => ({backend: 'tensorflow', path: 'fused', reason});

test('it loads from the built package, as a module and as CommonJS', () => {
  const infos = runNode(`${TFJS}
    print([(await import(${JSON.stringify(join(root, 'dist/index.js'))})).backendInfo(),
      load('./dist/index.cjs').backendInfo(), load('./dist/ops.cjs').backendInfo()]);`);
  expect(infos).toEqual([NATIVE, NATIVE, NATIVE]);
});

test('two copies of the package share the ops', () => {
  const [one, two] = ['one', 'two'].map(copyPackage);
  const found = runNode(`${TFJS}
    const copies = [${JSON.stringify(one)}, ${JSON.stringify(two)}].map(path => require(path));
    print(copies.map(tfn => [tfn.backendInfo().path, one(tfn)]));`);
  expect(found).toEqual([
    ['native', [-1, 1]],
    ['native', [-1, 1]],
  ]);
});

test('registering again is harmless', () => {
  const found = runNode(`${TFJS}
    const tfn = load('./dist/index.cjs');
    one(tfn);
    const addon = require(${JSON.stringify(addon)});
    print([addon.register() ?? null, one(tfn)]);`);
  expect(found).toEqual([null, [-1, 1]]);
});

test('before tfjs-node there is nothing to register with, and afterwards there is', () => {
  const found = runNode(`
    const tfn = load('./dist/index.cjs');
    const addon = require(${JSON.stringify(addon)});
    const early = addon.register();
    ${TFJS}
    print([early, tfn.backendInfo(), one(tfn)]);`);
  expect(found).toEqual(['not found in the process: libtensorflow', NATIVE, [-1, 1]]);
});

test('a library that lacks a symbol is refused by its name', () => {
  const missing = runNode(`
    const {sharedObjects} = process.report.getReport();
    const libc = sharedObjects.find(path => /libc[.-].*so/.test(path));
    print(require(${JSON.stringify(addon)}).register(libc));`);
  expect(missing).toBe('not found in the process: TF_NewStatus');
});

test('threads of JavaScript share the ops, which outlive the thread that loaded them', () => {
  writeFileSync(
    join(folder, 'worker.cjs'),
    `const {createRequire} = require('node:module');
    const load = createRequire(${JSON.stringify(join(root, 'index.js'))});
    ${TFJS}
    const tfn = load('./dist/index.cjs');
    const x = tf.randomNormal([300, 300]);
    for (let i = 0; i < 200; i++) tf.tidy(() => void tfn.layerNorm(x));
    require('node:worker_threads').parentPort.postMessage(tfn.backendInfo().path);`,
  );
  const found = runNode(`
    const {Worker} = require('node:worker_threads');
    const work = () => new Promise((resolve, reject) => {
      let message;
      new Worker(${JSON.stringify(join(folder, 'worker.cjs'))})
        .on('message', value => (message = value)).on('error', reject).on('exit', () => resolve(message));
    });
    const first = await work();
    ${TFJS}
    const tfn = load('./dist/index.cjs');
    const atOnce = Promise.all([work(), work()]);
    const x = tf.randomNormal([300, 300]);
    for (let i = 0; i < 200; i++) tf.tidy(() => void tfn.layerNorm(x));
    print([first, ...(await atOnce), tfn.backendInfo().path, one(tfn)]);`);
  expect(found).toEqual(['native', 'native', 'native', 'native', [-1, 1]]);
}, 60_000);

test('two copies of the package in two threads at once share the ops', () => {
  const copies = ['one', 'two'].map(copyPackage);
  const worker = join(folder, 'worker.cjs');
  writeFileSync(
    worker,
    `const {createRequire} = require('node:module');
    const {parentPort, workerData: {copy, ready}} = require('node:worker_threads');
    const load = createRequire(${JSON.stringify(join(root, 'index.js'))});
    ${TFJS}
    const addon = require(copy + '/${binary}');
    const tfn = require(copy);
    Atomics.add(ready, 0, 1);
    while (Atomics.load(ready, 0) < 2);
    const reason = addon.register() ?? null;
    parentPort.postMessage([reason, tfn.backendInfo().path, Array.from(tfn.layerNorm([1, 3], {epsilon: 0}).dataSync())]);`,
  );
  const found = runNode(`
    const {Worker} = require('node:worker_threads');
    const ready = new Int32Array(new SharedArrayBuffer(4));
    const work = copy => new Promise((resolve, reject) => {
      new Worker(${JSON.stringify(worker)}, {workerData: {copy, ready}})
        .on('message', resolve).on('error', reject);
    });
    print(await Promise.all(${JSON.stringify(copies)}.map(work)));`);
  expect(found).toEqual([
    [null, 'native', [-1, 1]],
    [null, 'native', [-1, 1]],
  ]);
}, 60_000);

test.each([
  ['is missing', null],
  ['is of another system', 'no shared library'],
])('the ops are composed where the binary %s', (_, content) => {
  const copy = copyPackage('tfjs-normalization');
  rmSync(join(copy, binary));
  if (content != null) writeFileSync(join(copy, binary), content);
  const found = runNode(`${TFJS}
    const tfn = load('./dist/index.cjs');
    print([tfn.backendInfo(), one(tfn)]);`, copy); // prettier-ignore
  expect(found).toEqual([fused(expect.stringMatching(/^no addon: /)), [-1, 1]]);
});

test.each([
  ['a GPU is in use', 'isUsingGpuDevice: {value: () => true}', 'TensorFlow uses a GPU'],
  ['TensorFlow is too old', "TF_Version: {value: '2.4.1'}", 'TensorFlow 2.4.1 is not 2.5 or later'],
])('the ops are composed where %s', (_, change, reason) => {
  const found = runNode(`${TFJS}
    const {binding} = tf.backend();
    tf.backend().binding = Object.create(binding, {${change}});
    const tfn = load('./dist/index.cjs');
    print([tfn.backendInfo(), one(tfn)]);`);
  expect(found).toEqual([fused(reason), [-1, 1]]);
});

test('other backends say what they run', () => {
  const found = runNode(`
    const tf = load('@tensorflow/tfjs');
    await tf.setBackend('cpu');
    print(load('./dist/index.cjs').backendInfo());`);
  expect(found).toEqual({backend: 'cpu', path: 'fused'});
});

test('memory that is not to be had is an error, and nothing else', () => {
  // Of so many columns the tables, the results and at last the scratch are each larger than the
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
