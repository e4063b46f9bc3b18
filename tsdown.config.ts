import {writeFile} from 'node:fs/promises';
import {defineConfig} from 'tsdown';

const common = {
  target: 'es2020',
  tsconfig: 'tsconfig.build.json',
  logLevel: 'warn',
} as const;

const library = {
  ...common,
  entry: {
    index: 'src/index.ts',
    accelerate: 'src/entries/accelerate.ts',
    core: 'src/entries/core.ts',
    cpu: 'src/entries/cpu.ts',
    graph: 'src/graph/index.ts',
    keras: 'src/entries/keras.ts',
    layers: 'src/entries/layers.ts',
    models: 'src/models/index.ts',
    node: 'src/entries/node.ts',
    ops: 'src/ops/index.ts',
    wasm: 'src/entries/wasm.ts',
    webgl: 'src/entries/webgl.ts',
    webgpu: 'src/entries/webgpu.ts',
  },
  platform: 'neutral',
  fixedExtension: false,
  hash: false,
} as const;

const umd = 'tfjs-normalization.min';

const declare = (file: string, text: string) => writeFile(`dist/${file}.d.ts`, text);

export default defineConfig([
  {
    ...library,
    // A file for each source, so that a bundler leaves out those whose names are not used.
    unbundle: true,
    format: 'esm',
    dts: false,
    clean: true,
    inputOptions: {experimental: {attachDebugInfo: 'none'}},
    // The declarations have them.
    outputOptions: options => ({
      ...options,
      comments: {annotation: true, jsdoc: false, legal: false},
    }),
  },
  {
    ...library,
    // Node's require takes the modules above. The tools that remain cannot, as jest, and leave nothing out.
    minify: true,
    format: 'cjs',
    // Where a file of the package is, which only modules can say by themselves.
    define: {'import.meta.url': '__filename'},
    dts: true,
    clean: false,
    hooks: {
      // The types of both formats are the same, and modules may import those of CommonJS.
      'build:done': async () => {
        for (const entry of Object.keys(library.entry)) {
          await declare(entry, `export * from './${entry}.cjs';\n`);
        }
      },
    },
  },
  {
    ...common,
    entry: {[umd]: 'src/script.ts'},
    format: 'umd',
    define: {'import.meta.url': 'undefined'},
    // The list in package.json is of built files, and the order of the scripts is checked by an import.
    treeshake: {moduleSideEffects: [{test: /src/, sideEffects: true}]},
    globalName: 'tfn',
    platform: 'browser',
    minify: true,
    dts: false,
    clean: false,
    outputOptions: {
      globals: {'@tensorflow/tfjs-core': 'tf', '@tensorflow/tfjs-layers': 'tf'},
      entryFileNames: '[name].js',
    },
    hooks: {
      'build:done': () => declare(umd, "export * from './index.js';\nexport as namespace tfn;\n"),
    },
  },
]);
