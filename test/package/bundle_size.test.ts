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

// Raise a ceiling in the commit that needs it, with the reason here. 16 kB of each are the kernels in C as
// a WebAssembly module, which do what lies between the loops too, and the plan that maps views to it.
// The kernels of webgl are 4 kB, those of webgpu 3.5 kB, those of tensorflow 1.5 kB. Power normalization's
// gradient, which takes few kernels, is 0.2 kB more than one that takes many. The names of all options, and
// what is said of others, are 0.5 kB for ops and as much again for layers. Layers on variables that exist
// already, which `fuseLayers` makes, are 0.1 kB; others' layers under the names of ours are 0.6 kB. What
// `accelerate` puts into tfjs is 2 kB, of which the ops have what tells `backendInfo` of it.
test('one op is small and needs tfjs-core alone', async () => {
  const {bytes, imports} = await bundle("export {layerNorm} from 'tfjs-normalization/ops'");
  expect(imports).toEqual(['@tensorflow/tfjs-core']);
  expect(bytes).toBeLessThan(38_900);
});

test('the ops are small', async () => {
  const {bytes} = await bundle("export * from 'tfjs-normalization/ops'");
  expect(bytes).toBeLessThan(43_900);
});

test('all of it is small', async () => {
  const {bytes, imports} = await bundle("export * from 'tfjs-normalization'");
  expect(imports).toEqual(['@tensorflow/tfjs-core', '@tensorflow/tfjs-layers']);
  expect(bytes).toBeLessThan(66_200);
});

test('the layers come without what rewrites files', async () => {
  const {bytes} = await bundle("export {layers} from 'tfjs-normalization'");
  expect(bytes).toBeLessThan(54_600);
});

// Of it, 6 kB rewrite models; the rest are kernels, two ops and the two layers.
test('what rewrites models comes with the two layers that it puts in', async () => {
  const {bytes, imports} = await bundle("export * from 'tfjs-normalization/models'");
  expect(imports).toEqual(['@tensorflow/tfjs-core', '@tensorflow/tfjs-layers']);
  expect(bytes).toBeLessThan(49_000);
});

test("accelerate comes with two layers' worth of ops, and no layer of ours", async () => {
  const {bytes, imports} = await bundle("import 'tfjs-normalization/accelerate'");
  expect(imports).toEqual(['@tensorflow/tfjs-core', '@tensorflow/tfjs-layers']);
  expect(bytes).toBeLessThan(41_600);
});
