import {join} from 'node:path';
import {gzipSync} from 'node:zlib';
import {build} from 'esbuild';

const root = join(__dirname, '../..');

/** A user's page gets so much beside tfjs: minified and gzipped bytes, and the tfjs packages wanted. */
async function bundle(code: string) {
  const imports = new Set<string>();
  const {outputFiles} = await build({
    stdin: {contents: code, resolveDir: root},
    bundle: true,
    minify: true,
    format: 'esm',
    target: 'es2020',
    write: false,
    plugins: [
      {
        name: 'tfjs stays outside',
        setup: build => {
          build.onResolve({filter: /^@tensorflow\//}, ({path}) => {
            imports.add(path);
            return {path, external: true};
          });
        },
      },
    ],
  });
  return {bytes: gzipSync(outputFiles[0].contents).length, imports: [...imports].sort()};
}

const CORE = ['@tensorflow/tfjs-core'];
const LAYERS = [...CORE, '@tensorflow/tfjs-layers'];
const OP = "export {layerNorm} from 'tfjs-normalization/core';";

// Raise a ceiling in the commit that needs it, with the reason here. 28 kB of all that run on the processor are
// the kernels in C as a WebAssembly module, which have loops for every layout and do what lies between the loops
// too. The kernels of webgl are 5 kB, those of webgpu 4 kB, those of tensorflow 1.5 kB. Parameters along axes of their
// own are 0.3 kB of any op, and as much of each GPU's kernels. DyT and Derf in one launch are 0.1 kB of these
// kernels, and 0.3 kB of both ops.
// A row that is added up beside the row before is 0.8 kB of all that run on the processor: two loops for it and two for
// the other, with and without a mean, over four vectors.
// A residual and its gradient are 0.2 kB of any op, and the two ops that add one 0.4 kB. The ops and layers of
// newer blocks are 2 kB and 4 kB. The gradient with given statistics is 0.8 kB of the ops that need it.
// Power norm's averages in JavaScript are 0.7 kB, and the checks of arguments that each layer makes 0.4 kB; those of
// weights, and of layers that a user derives, are as much. Groups of runs that are copied to rows are
// 0.9 kB of the module, and rows of two and three elements 1.7 kB.
test.each([
  ['an op without kernels', OP, 7_200, CORE],
  ['an op on webgl', `${OP} import 'tfjs-normalization/webgl';`, 16_100, CORE],
  ['an op on webgpu', `${OP} import 'tfjs-normalization/webgpu';`, 14_800, CORE],
  ['an op on wasm', `${OP} import 'tfjs-normalization/wasm';`, 42_700, CORE],
  ['an op on all backends', "export {layerNorm} from 'tfjs-normalization/ops';", 57_800, CORE],
  ['all ops without kernels', "export * from 'tfjs-normalization/core';", 16_900, CORE],
  ['all ops', "export * from 'tfjs-normalization/ops';", 66_900, CORE],
  [
    'a layer without kernels',
    "export {layerNormalization} from 'tfjs-normalization/layers';",
    10_200,
    LAYERS,
  ],
  ['all layers without kernels', "export * from 'tfjs-normalization/layers';", 31_000, LAYERS],
  ['everything', "export * from 'tfjs-normalization';", 95_200, LAYERS],
  // 6 kB rewrite models; the rest are kernels, two ops and the two layers that are put in.
  [
    'what rewrites models',
    "export {foldBatchNorm, fuseLayers} from 'tfjs-normalization/models';",
    71_000,
    LAYERS,
  ],
  // 15 kB more inspect, compare, repair and watch them.
  ['all tools for models', "export * from 'tfjs-normalization/models';", 86_700, LAYERS],
  // 11 kB read and rewrite graphs.
  [
    'what rewrites graphs',
    "export * from 'tfjs-normalization/graph';",
    70_300,
    ['@tensorflow/tfjs-converter', ...CORE],
  ],
  // Two layers' worth of ops, and no layer of ours.
  ['accelerate', "export {} from 'tfjs-normalization/accelerate';", 63_200, LAYERS],
])('%s is below its ceiling', async (_, code, ceiling, packages) => {
  const {bytes, imports} = await bundle(code);
  expect(imports).toEqual(packages);
  expect(bytes).toBeLessThan(ceiling);
});
