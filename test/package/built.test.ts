/** The package as it is published: what `npm run build` left in dist, loaded by plain Node. */
import {spawnSync} from 'node:child_process';
import {readdirSync, readFileSync} from 'node:fs';
import {join, posix} from 'node:path';
import {runInNewContext} from 'node:vm';
import * as tf from '@tensorflow/tfjs';
import type * as Package from '../../src/index.js';

const root = join(__dirname, '../..');

/** The JSON that `script` prints, as a module of its own; warnings count as failures. */
function runNode(script: string): unknown {
  const code = `import {createRequire} from 'node:module';
    const require = createRequire(${JSON.stringify(join(root, 'index.js'))});
    const print = value => console.log(JSON.stringify(value));
    ${script}`;
  const args = ['--input-type=module', '--eval', code];
  const {status, stdout, stderr} = spawnSync(process.execPath, args, {cwd: root, encoding: 'utf8'});
  // tfjs greets on stderr, and a second copy of it says so.
  const complaints = stderr
    .replace(/=+\nHi, looks like you are running[^]*?=+\n/g, '')
    .replace(/^Platform node has already been set.*\n/m, '')
    .trim();
  expect(complaints).toBe('');
  expect(status).toBe(0);
  return JSON.parse(stdout.trim().split('\n').pop()!);
}

const words = (text: string) => text.trim().split(/\s+/);
const OPS = words(`
  addLayerNorm addRmsNorm backendInfo batchNorm batchNormInference dynamicErf dynamicTanh
  filterResponseNorm globalResponseNorm groupNorm instanceNorm l1Normalize
  l2Normalize layerNorm localResponseNorm normalize powerNorm powerNormState rmsNorm
  standardizeWeights
`);
const FACTORIES = words(`
  adaptiveNormalization addNormalization batchNormalization dynamicErf dynamicTanh
  filterResponseNormalization globalResponseNormalization groupNormalization instanceNormalization
  l1Normalization l2Normalization layerNormalization layerScale localResponseNormalization normalization
  powerNormalization rmsNormalization spectralNormalization thresholdedLinearUnit
  unitNormalization weightNormalization weightStandardization
`);
const CLASSES = FACTORIES.map(name => name.replace(/^(rms|.)/, start => start.toUpperCase()));
/** From which a program derives layers of its own. */
const BASES = ['AffineLayer', 'NormalizationLayer', 'Weight'];
const ALL = [
  ...OPS,
  ...CLASSES,
  ...BASES,
  'accelerate',
  'fromKeras',
  'layers',
  'replaceTfjsLayers',
  'toKeras',
].sort();

const MODELS = words(`
  compare foldBatchNorm freezeBatchNorm fuseLayers inspect isNormParameter mergeMoments recalibrate
  replaceBatchNorm watchNorms
`);
const GRAPH = ['analyzeGraph', 'fuseNormalizations'];

test('exports the ops, the layers and their classes, and nothing else', () => {
  const names = runNode(`
    const tfn = await import('tfjs-normalization');
    const namesIn = async (entry = '') => Object.keys(await import('tfjs-normalization' + entry))
      .filter(name => name !== 'default' && name !== 'module.exports').sort();
    print({
      all: await namesIn(),
      namespace: Object.keys(tfn.layers).sort(),
      core: await namesIn('/core'),
      graph: await namesIn('/graph'),
      keras: await namesIn('/keras'),
      layers: await namesIn('/layers'),
      models: await namesIn('/models'),
      ops: await namesIn('/ops'),
      backends: (await Promise.all(['/cpu', '/node', '/wasm', '/webgl', '/webgpu'].map(namesIn))).flat(),
    });`);
  expect(names).toEqual({
    all: ALL,
    namespace: FACTORIES,
    core: OPS,
    graph: GRAPH,
    keras: ['fromKeras', 'toKeras'],
    layers: [...BASES, ...CLASSES, ...FACTORIES, 'registerLayers', 'replaceTfjsLayers'].sort(),
    models: MODELS,
    ops: OPS,
    backends: [],
  });
});

test('is one package, however it is loaded', () => {
  const same = runNode(`
    const imported = await import('tfjs-normalization');
    const required = require('tfjs-normalization');
    const ops = await import('tfjs-normalization/ops');
    const {fuseLayers} = await import('tfjs-normalization/models');
    const tf = require('@tensorflow/tfjs');
    const layer = tf.layers.batchNormalization({inputShape: [1]});
    const [fused] = fuseLayers(tf.sequential({layers: [layer]})).model.layers;
    print(['BatchNormalization', 'layerNorm', 'layers'].map(name => imported[name] === required[name])
      .concat(ops.layerNorm === imported.layerNorm, fused instanceof imported.BatchNormalization));`);
  expect(same).toEqual([true, true, true, true, true]);
});

test('a GraphModel has all outputs of its batch norm, if tfjs is loaded after what accelerates it', () => {
  const sizes = runNode(`
    await import('tfjs-normalization/accelerate');
    const tf = await import('@tensorflow/tfjs');
    const {FusedBatchNormV3: golden} = require('./test/golden/graphs.json');
    const {inputs: {x0}, outputs, weightData, ...others} = golden;
    const {buffer} = Uint8Array.from(atob(weightData), c => c.charCodeAt(0));
    const load = () => Promise.resolve({...others, weightData: buffer});
    const model = await tf.loadGraphModel({load});
    const results = model.execute(tf.tensor(x0.values, x0.shape), Object.keys(outputs));
    print(results.map(t => t.dataSync().some(Number.isNaN) ? NaN : t.size));`);
  expect(sizes).toEqual([8, 8, 8, 480]);
});

test('accelerates tfjs on import, in both formats, once', () => {
  const found = runNode(`
    const tf = require('@tensorflow/tfjs');
    const {prototype} = tf.layers.layerNormalization({name: 'any'}).constructor;
    const touched = () => [prototype.call, tf.getKernel('FusedBatchNorm', 'cpu'), tf.getGradient('FusedBatchNorm')];
    const before = touched();
    const imported = await import('tfjs-normalization/accelerate');
    const first = touched();
    const required = require('./dist/accelerate.cjs');
    const {backendInfo} = await import('tfjs-normalization');
    const same = (a, b) => a.map((one, i) => one === b[i]);
    const results = [same(first, before), same(touched(), first), backendInfo().accelerated];
    imported.undo();
    results.push(same(touched(), first));
    required.undo();
    print([...results, same(touched(), before)]);`);
  expect(found).toEqual([
    [false, false, false],
    [true, true, true],
    {layers: true, kernels: true},
    [true, true, true],
    [true, true, true],
  ]);
});

test('an accelerated GraphModel has all outputs of a batch norm in training mode', () => {
  const golden = JSON.stringify(join(root, 'test/golden/graphs.json'));
  const worst = runNode(`
    const tf = require('@tensorflow/tfjs');
    const {accelerate} = await import('tfjs-normalization');
    accelerate();
    const {FusedBatchNormV3: {weightData, inputs, outputs, ...model}} = require(${golden});
    const bytes = new Uint8Array(Buffer.from(weightData, 'base64')).buffer;
    const loaded = await tf.loadGraphModel(tf.io.fromMemory({...model, weightData: bytes}));
    const {shape, values} = inputs.x0;
    const results = loaded.execute(tf.tensor(values, shape), Object.keys(outputs));
    print(Math.max(...Object.values(outputs).flatMap(({values}, i) =>
      Array.from(results[i].dataSync(), (value, j) => Math.abs(value - values[j])))));`);
  expect(worst).toBeLessThan(1e-4);
});

test('two copies of it share one set of kernels, without a warning', () => {
  const kernels = runNode(`
    const tf = require('@tensorflow/tfjs');
    require('./dist/index.cjs');
    const ours = () => tf.getKernelsForBackend('cpu').filter(k => k.kernelName.startsWith('FusedNormalize'));
    const first = ours();
    await import(${JSON.stringify(`file://${join(root, 'dist/index.js')}`)});
    print(ours().map((kernel, i) => kernel === first[i]));`);
  expect(kernels).toEqual([true, true, true]);
});

test('the ops come without tfjs-layers', () => {
  const loaded = runNode(`
    require('@tensorflow/tfjs-backend-cpu');
    const {layerNorm} = require('./dist/ops.cjs');
    const y = layerNorm([1, 3], {epsilon: 0});
    print([Array.from(y.dataSync()), Object.keys(require.cache).some(path => path.includes('tfjs-layers'))]);`);
  expect(loaded).toEqual([[-1, 1], false]);
});

test('a model trains, saves and loads in plain Node', () => {
  const result = runNode(`
    const tf = require('@tensorflow/tfjs');
    const tfn = await import('tfjs-normalization');
    const model = tf.sequential({layers: [
      tf.layers.dense({units: 4, inputShape: [3]}),
      tfn.layers.batchNormalization(),
      tfn.layers.layerNormalization(),
    ]});
    model.compile({optimizer: 'sgd', loss: 'meanSquaredError'});
    const x = tf.randomNormal([8, 3]);
    await model.fit(x, tf.zeros([8, 4]), {verbose: 0});
    let saved;
    await model.save(tf.io.withSaveHandler(async artifacts => { saved = artifacts; return {}; }));
    const loaded = await tf.loadLayersModel(tf.io.fromMemory(saved));
    print([
      loaded.layers.map(layer => layer instanceof tfn.BatchNormalization || layer instanceof tfn.LayerNormalization),
      tf.equal(loaded.predict(x), model.predict(x)).all().dataSync()[0],
    ]);`);
  expect(result).toEqual([[false, true, true], 1]);
});

/** The global tfn of a page that loads the script-tag file when `tf` is there. */
function tfnBeside(tf: unknown) {
  const page: Record<string, unknown> = {tf};
  const script = readFileSync(join(root, 'dist/tfjs-normalization.min.js'), 'utf8');
  runInNewContext(script, Object.assign(page, {globalThis: page, self: page}));
  return page['tfn'] as typeof Package;
}

test('the script-tag file puts everything on the global tfn, beside tf', () => {
  const tfn = tfnBeside(tf);
  expect(Object.keys(tfn).sort()).toEqual(ALL);
  expect(tfn.backendInfo()).toMatchObject({path: 'fused'});
  expect(Array.from(tfn.layerNorm([1, 3], {epsilon: 0}).dataSync())).toEqual([-1, 1]);
  expect(tfn.layers.rmsNormalization()).toBeInstanceOf(tf.layers.Layer);
});

test.each([
  ['before it', undefined],
  ['before its layers', {...tf, layers: undefined}],
])('the script-tag file says that tf must come first, if it is loaded %s', (_, tf) => {
  expect(() => tfnBeside(tf)).toThrow(
    'tfjs-normalization: the script of TensorFlow.js must come before this one and define tf, ' +
      'with tf.layers, but has not.',
  );
});

test('layers and models of two copies of tfjs are an error; ops take tensors of either', () => {
  const [values, ...messages] = runNode(`
    const tf = require('@tensorflow/tfjs');
    for (const path of Object.keys(require.cache)) {
      if (/tfjs-(core|layers)/.test(path)) delete require.cache[path];
    }
    const tfn = require('./dist/index.cjs');
    const values = Array.from(tfn.layerNorm(tf.tensor([1, 3]), {epsilon: 0}).dataSync());
    const layer = require('@tensorflow/tfjs-layers').layers.dense({units: 2});
    const messages = [
      tfn.layers.layerNormalization({name: 'norm'}),
      tfn.layers.weightNormalization({layer, name: 'norm'}),
    ].map(norm => {
      try {
        norm.apply(tf.input({shape: [3]}));
      } catch ({message}) {
        return message;
      }
    });
    print([values, ...messages]);`) as [number[], ...string[]];
  expect(values).toEqual([-1, 1]);
  const message =
    'norm: its model must be made with the @tensorflow/tfjs-layers that tfjs-normalization uses ' +
    `(${tf.version['tfjs-layers']}), but is made with another copy of it.`;
  expect(messages).toEqual([message, message]);
});

// The bundler keeps the comment of a declaration that it drops; what is @internal leaves none.
test('in the types, each comment has its declaration', () => {
  const files = readdirSync(join(root, 'dist'), {encoding: 'utf8', recursive: true});
  const types = files.filter(file => file.endsWith('.d.cts'));
  const orphaned = types.filter(file =>
    /\*\/\s*\/\*\*/.test(readFileSync(join(root, 'dist', file), 'utf8')),
  );
  expect(types.length).toBeGreaterThan(12);
  expect(orphaned).toEqual([]);
});

test('the package is small, and has what its documents link to', () => {
  const args = ['pack', '--dry-run', '--json', '--ignore-scripts'];
  const {stdout} = spawnSync('npm', args, {cwd: root, encoding: 'utf8'});
  const [{files, unpackedSize}] = JSON.parse(stdout) as [
    {files: Array<{path: string}>; unpackedSize: number},
  ];
  expect(unpackedSize).toBeLessThan(2_130_000);
  const linked = files.flatMap(({path}) => {
    if (!path.endsWith('.md')) return [];
    const text = readFileSync(join(root, path), 'utf8');
    const links = text.matchAll(/\]\((?!https?:|#)([^)#]+)/g);
    return Array.from(links, ([, link]) => posix.join(posix.dirname(path), link));
  });
  expect(linked).toContain('docs/models.md');
  const isThere = (link: string) =>
    files.some(({path}) => path === link || path.startsWith(`${link}/`));
  expect(linked.filter(link => !isThere(link))).toEqual([]);
});
