/** Bundles of the built package, as a program that uses it has them: run in Node. */
import {spawnSync} from 'node:child_process';
import {mkdtempSync, rmSync, writeFileSync} from 'node:fs';
import {join} from 'node:path';

function runNode(args: string[]): string {
  const {status, stdout, stderr} = spawnSync(process.execPath, args, {encoding: 'utf8'});
  if (status !== 0) throw new Error(stderr);
  return stdout;
}

type Loaded = {kernels: string[]; gradient: boolean; layers: string[]; y?: number[]};

/** The kernels that are registered once the file is loaded, and the result of its function `use` for [1, 3]. */
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
const importing = (...entries: string[]) =>
  entries.map(entry => `import 'tfjs-normalization${entry}';`).join('');

const NOTHING = {kernels: [], gradient: false, layers: []};
const KERNELS = {kernels: ['cpu', 'tensorflow', 'wasm', 'webgl', 'webgpu'], gradient: true};
/** Some of all layers, under names of every kind. */
const LAYERS = expect.arrayContaining([
  ...['Addons>GroupNormalization', 'FusedBatchNormalization', 'Quotient', 'TLU'],
]) as string[];
const y = [-1, 1];

const PROGRAMS: Array<[name: string, program: string, expected: object]> = [
  ['an op alone', `${CORE} ${USE}`, {...NOTHING, y}],
  [
    'an op with a backend',
    `${CORE} ${importing('/cpu')} ${USE}`,
    {kernels: ['cpu'], gradient: true, layers: [], y},
  ],
  [
    'backends alone',
    importing('/node', '/wasm', '/webgl', '/webgpu'),
    {...KERNELS, kernels: KERNELS.kernels.slice(1), layers: []},
  ],
  [
    'a layer',
    `import {layerNormalization} from 'tfjs-normalization/layers';
     export const use = x => layerNormalization({epsilon: 0}).apply(x);`,
    {...NOTHING, layers: ['FusedLayerNormalization'], y},
  ],
  ['what registers nothing, unused', importing('/core', '/layers'), NOTHING],
  ...['/accelerate', '/graph', '/models', '/ops'].map((entry): [string, string, object] => [
    `${entry}, unused`,
    importing(entry),
    KERNELS,
  ]),
  ['/keras, unused', importing('/keras'), {layers: LAYERS}],
  ['all, unused', importing(''), {...KERNELS, layers: LAYERS}],
];

describe.each(['esbuild', 'Rollup', 'webpack', 'Vite'])('bundled by %s', bundler => {
  let folder: string;
  beforeAll(() => {
    // Within the package, from where its own name and tfjs are found.
    folder = mkdtempSync(join(__dirname, 'bundles-'));
    const entries = PROGRAMS.map((_, i) => join(folder, `${i}.mjs`));
    entries.forEach((entry, i) => writeFileSync(entry, PROGRAMS[i][1]));
    runNode([join(__dirname, 'bundle.mjs'), bundler, ...entries]);
  });
  afterAll(() => rmSync(folder, {recursive: true, force: true}));

  test.each(PROGRAMS)('%s registers what it brings', (name, _, expected) => {
    const i = PROGRAMS.findIndex(([other]) => other === name);
    expect(loaded(join(folder, `${i}.mjs.cjs`))).toMatchObject(expected);
  });
});
