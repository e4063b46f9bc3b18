/** Bundles of the built package, as a program that uses it has them: run in Node, and weighed. */
import {spawnSync} from 'node:child_process';
import {mkdtempSync, rmSync, writeFileSync} from 'node:fs';
import {join} from 'node:path';

let folder: string;
// Within the package, from where its own name and tfjs are found.
beforeAll(() => void (folder = mkdtempSync(join(__dirname, 'bundles-'))));
afterAll(() => rmSync(folder, {recursive: true, force: true}));

function runNode(args: string[]): string {
  const {status, stdout, stderr} = spawnSync(process.execPath, args, {encoding: 'utf8'});
  if (status !== 0) throw new Error(stderr);
  return stdout;
}

let count = 0;

/** The file of a program's bundle. */
function bundle(bundler: string, program: string): string {
  const entry = join(folder, `${++count}.mjs`);
  const output = join(folder, `${count}.cjs`);
  writeFileSync(entry, program);
  runNode([join(__dirname, 'bundle.mjs'), bundler, entry, output]);
  return output;
}

type Loaded = {kernels: string[]; gradient: boolean; layers: string[]; y?: number[]};

/** What is registered once the file is loaded, and what its function `use` makes of [1, 3]. */
const loaded = (file: string) =>
  JSON.parse(
    runNode([
      '--eval',
      `const tf = require('@tensorflow/tfjs-core');
       require('@tensorflow/tfjs-backend-cpu');
       const {classNameMap} = tf.serialization.SerializationMap.getMap();
       require('@tensorflow/tfjs-layers');
       const theirs = new Set(Object.keys(classNameMap));
       const {use} = require(${JSON.stringify(file)});
       const backends = ['cpu', 'tensorflow', 'wasm', 'webgl', 'webgpu'];
       console.log(JSON.stringify({
         kernels: backends.filter(name => tf.getKernel('FusedNormalize', name)),
         gradient: tf.getGradient('FusedNormalize') != null,
         layers: Object.keys(classNameMap).filter(name => !theirs.has(name)).sort(),
         ...(use && {y: Array.from(use(tf.tensor2d([[1, 3]])).dataSync())}),
       }));`,
    ]),
  ) as Loaded;

const CORE = "import {layerNorm} from 'tfjs-normalization/core';";
const USE = 'export const use = x => layerNorm(x, {epsilon: 0});';
const y = [-1, 1];
const EVERYTHING = {kernels: ['cpu', 'tensorflow', 'wasm', 'webgl', 'webgpu'], gradient: true};

describe.each(['esbuild', 'Rollup', 'webpack', 'Vite'])('bundled by %s', bundler => {
  test.each([
    ['an op alone', `${CORE} ${USE}`, {kernels: [], gradient: false, layers: [], y}],
    [
      'an op with a backend',
      `${CORE} import 'tfjs-normalization/cpu'; ${USE}`,
      {kernels: ['cpu'], gradient: true, layers: [], y},
    ],
    [
      'backends alone',
      ['node', 'wasm', 'webgl', 'webgpu']
        .map(name => `import 'tfjs-normalization/${name}';`)
        .join(''),
      {kernels: ['tensorflow', 'wasm', 'webgl', 'webgpu'], gradient: true, layers: []},
    ],
    [
      'a layer',
      `import {layerNormalization} from 'tfjs-normalization/layers';
       export const use = x => layerNormalization({epsilon: 0}).apply(x);`,
      {kernels: [], gradient: false, layers: ['FusedLayerNormalization'], y},
    ],
  ])('%s registers what it brings', (_, program, expected) => {
    expect(loaded(bundle(bundler, program))).toEqual(expected);
  });

  test.each(['core', 'layers'])('nothing is left of %s where nothing of it is used', entry => {
    const expected = {kernels: [], gradient: false, layers: []};
    expect(loaded(bundle(bundler, `import 'tfjs-normalization/${entry}';`))).toEqual(expected);
  });

  test.each(['accelerate', 'models', 'ops'])('%s registers all kernels', entry => {
    const {kernels, gradient} = loaded(bundle(bundler, `import 'tfjs-normalization/${entry}';`));
    expect({kernels, gradient}).toEqual(EVERYTHING);
  });

  test('the whole package registers everything, also where nothing of it is used', () => {
    const all = loaded(bundle(bundler, "import 'tfjs-normalization';"));
    expect(all).toMatchObject(EVERYTHING);
    expect(all.layers).toEqual(
      expect.arrayContaining(['FusedBatchNormalization', 'Quotient', 'TLU']),
    );
    expect(all.layers).toContain('Addons>GroupNormalization');
  });
});
