import {join} from 'node:path';
import {gzipSync} from 'node:zlib';
import {build} from 'esbuild';

const root = join(__dirname, '../..');

/** What a user's page gets beside tfjs: minified and gzipped bytes, and the tfjs packages wanted. */
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

// Raise a ceiling in the commit that needs it, with the reason here. 32 kB of each are the kernels in C as
// a WebAssembly module, which have loops for every layout and do what lies between the loops too, and the plan
// that maps views to it.
// The kernels of webgl are 4 kB, those of webgpu 3.5 kB, those of tensorflow 1.5 kB. Power normalization's
// gradient, which takes few kernels, is 0.2 kB more than one that takes many. The names of all options, and
// what is said of others, are 0.5 kB for ops and as much again for layers. Layers on variables that exist
// already, which `fuseLayers` makes, are 0.1 kB; others' layers under the names of ours are 0.6 kB. What
// `accelerate` puts into tfjs is 2 kB, of which the ops have what tells `backendInfo` of it.
// Parameters along any axes, and activations with their slopes in the three languages, are 3 kB.
const CORE = ['@tensorflow/tfjs-core'];
const LAYERS = [...CORE, '@tensorflow/tfjs-layers'];

test.each([
  ["{layerNorm} from 'tfjs-normalization/ops'", 59_300, CORE],
  ["* from 'tfjs-normalization/ops'", 62_700, CORE],
  // Without what rewrites files.
  ["{layers} from 'tfjs-normalization'", 73_500, LAYERS],
  ["* from 'tfjs-normalization'", 85_300, LAYERS],
  // 6 kB rewrite models; the rest are kernels, two ops and the two layers that are put in.
  ["* from 'tfjs-normalization/models'", 67_300, LAYERS],
  // Two layers' worth of ops, and no layer of ours.
  ["{} from 'tfjs-normalization/accelerate'", 60_300, LAYERS],
])('export %s is below %d bytes', async (names, ceiling, packages) => {
  const {bytes, imports} = await bundle(`export ${names}`);
  expect(imports).toEqual(packages);
  expect(bytes).toBeLessThan(ceiling);
});
