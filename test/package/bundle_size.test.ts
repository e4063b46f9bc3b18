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

// Raise a ceiling in the commit that needs it, with the reason here. 12 kB of each are the
// WebAssembly module of the SIMD kernels and what maps views to it. Power normalization, with its
// state, three backward modes and their checks, is 1.1 kB. The tensorflow kernels are 3 kB, what
// loads and plans their native ops 1.2 kB, the kernels of webgl 4 kB, of webgpu 3.5 kB. The two wrappers, batch renormalization, adapt and the layers of TF
// Addons are 5.5 kB. Given statistics, on every backend and with their gradient, are 1 kB. What the layers check of
// their arguments is 0.7 kB more; norms of zero are 0.1 kB. Rewriting Keras's files is 2.6 kB, writing them 1.4 kB, for those who do.
test('one op is small and needs tfjs-core alone', async () => {
  const {bytes, imports} = await bundle("export {layerNorm} from 'tfjs-normalization/ops'");
  expect(imports).toEqual(['@tensorflow/tfjs-core']);
  expect(bytes).toBeLessThan(34_600);
});

test('the ops are small', async () => {
  const {bytes} = await bundle("export * from 'tfjs-normalization/ops'");
  expect(bytes).toBeLessThan(38_500);
});

test('all of it is small', async () => {
  const {bytes, imports} = await bundle("export * from 'tfjs-normalization'");
  expect(imports).toEqual(['@tensorflow/tfjs-core', '@tensorflow/tfjs-layers']);
  expect(bytes).toBeLessThan(51_000);
});

test('the layers come without what rewrites files', async () => {
  const {bytes} = await bundle("export {layers} from 'tfjs-normalization'");
  expect(bytes).toBeLessThan(46_600);
});
