/** The command line, as `npx tfjs-normalization` runs it: on the built package. */
import {spawnSync} from 'node:child_process';
import {mkdtempSync, rmSync, writeFileSync} from 'node:fs';
import {tmpdir} from 'node:os';
import {join} from 'node:path';
import * as tf from '@tensorflow/tfjs';
import {artifactsOf} from '../models.js';

const root = join(__dirname, '../..');
const command = join(root, 'bin/tfjs-normalization.mjs');
let folder: string;

function run(...args: string[]) {
  const {status, stdout, stderr} = spawnSync(process.execPath, [command, ...args], {
    cwd: root,
    encoding: 'utf8',
  });
  return {status, stdout, stderr: stderr.replace(/=+\nHi, looks like[^]*?=+\n/g, '').trim()};
}

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'models-'));
  const model = tf.sequential({
    layers: [
      tf.layers.conv2d({filters: 4, kernelSize: 3, inputShape: [8, 8, 3]}),
      tf.layers.batchNormalization({name: 'bn'}),
      tf.layers.layerNormalization({name: 'ln'}),
    ],
  });
  const {modelTopology, weightSpecs, weightData} = await artifactsOf(model);
  const weightsManifest = [{paths: ['weights.bin'], weights: weightSpecs}];
  writeFileSync(join(folder, 'model.json'), JSON.stringify({modelTopology, weightsManifest}));
  writeFileSync(join(folder, 'weights.bin'), Buffer.from(weightData as ArrayBuffer));
});
afterAll(() => rmSync(folder, {recursive: true}));

test('compare shows the norms of a file and the whole', () => {
  const path = join(folder, 'model.json');
  const args = ['compare', path, '--shape', '2,8,8,3', '--rounds', '1'];
  const {status, stdout, stderr} = run(...args);
  expect([status, stderr]).toEqual([0, '']);
  expect(stdout).toMatch(
    /'bn'[^]*'ln'[^]*'all'[^]*The outputs differ by .+ at most; kernels \d+ → \d+/,
  );
  const {all} = JSON.parse(run(...args, '--json', '--backend', 'wasm').stdout) as {
    all: {outputs: number; kernels: number; kernelsFused: number};
  };
  expect(all.outputs).toBeLessThan(1e-4);
  expect(all.kernelsFused).toBeLessThan(all.kernels);
});

test.each(['batch', 'layer', 'group', 'instance', 'rms'])('bench times %s norm', norm => {
  const {status, stdout, stderr} = run(
    'bench',
    '--norm',
    norm,
    '--shape',
    '2,3,3,32',
    '--rounds',
    '2',
    '--backend',
    'wasm',
  );
  expect([status, stderr]).toEqual([0, '']);
  expect(stdout.match(/'tfjs-normalization'/g)).toHaveLength(2);
});

// prettier-ignore
test.each([
  [[], 1, /^Usage: npx tfjs-normalization <command>/, ''],
  [['--help'], 0, /^Usage: npx tfjs-normalization <command>/, ''],
  [['compare', '--help'], 0, /^Usage: npx tfjs-normalization compare model\.json/, ''],
  [['bench', '-h'], 0, /--norm layer/, ''],
  [['benchmark'], 1, /^$/, 'tfjs-normalization: there is no command benchmark.'],
  [['compare'], 1, /^$/, 'tfjs-normalization: name one file, model.json.'],
  [['compare', 'none.json'], 1, /^$/, 'none.json cannot be read as a model: ENOENT'],
  [['compare', 'package.json'], 1, /^$/, 'package.json must be a file of tf.layers'],
  [['bench', '--shape', '8,x'], 1, /^$/, '--shape must be positive integers with commas between, but is 8,x.'],
  [['bench', '--norm', 'power'], 1, /^$/, '--norm must be batch, layer, group, instance or rms, but is power.'],
  [['bench', '--rounds', '0'], 1, /^$/, '--rounds must be a positive integer, but is 0.'],
  [['bench', '--backend', 'webgl'], 1, /^$/, 'that one runs in browsers only, but is webgl.'],
  [['bench', '--bakend', 'cpu'], 1, /^$/, "Unknown option '--bakend'"],
])('%j ends with %i', (args, code, out, err) => {
  const {status, stdout, stderr} = run(...args);
  expect(status).toBe(code);
  expect(stdout).toMatch(out);
  expect(stderr).toContain(err);
  expect(stderr).not.toMatch(/ at .+:\d+:\d+/);
});

test('says what is not installed', () => {
  const script = `
    import Module from 'node:module';
    const resolve = Module._resolveFilename;
    Module._resolveFilename = (name, ...rest) => {
      if (name === '@tensorflow/tfjs-backend-wasm') throw new Error('no');
      return resolve.call(Module, name, ...rest);
    };
    process.argv.push('bench', '--backend', 'wasm');
    await import(${JSON.stringify(`file://${command}`)});`;
  const {status, stderr} = spawnSync(
    process.execPath,
    ['--input-type=module', '--eval', script, 'x'],
    {
      cwd: root,
      encoding: 'utf8',
    },
  );
  expect(stderr).toContain(
    '@tensorflow/tfjs-backend-wasm is not installed here: npm install @tensorflow/tfjs-backend-wasm',
  );
  expect(status).toBe(1);
});
