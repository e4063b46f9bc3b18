import {writeFile} from 'node:fs/promises';
import {defineConfig} from 'tsdown';

const common = {
  target: 'es2020',
  tsconfig: 'tsconfig.build.json',
  sourcemap: true,
  logLevel: 'warn',
} as const;

const umd = 'tfjs-normalization.min';

export default defineConfig([
  {
    ...common,
    entry: {
      index: 'src/index.ts',
      accelerate: 'src/accelerate_on_import.ts',
      graph: 'src/graph/index.ts',
      models: 'src/models/index.ts',
      ops: 'src/ops/index.ts',
    },
    // Where a file of the package is, which only modules can say by themselves.
    format: {esm: {}, cjs: {define: {'import.meta.url': '__filename'}}},
    platform: 'neutral',
    dts: {sourcemap: true},
    clean: true,
    fixedExtension: false,
    hash: false,
    outputOptions: (options, format) => ({
      ...options,
      chunkFileNames: `shared/[name].${format === 'cjs' ? 'cjs' : 'js'}`,
    }),
  },
  {
    ...common,
    entry: {[umd]: 'src/script.ts'},
    format: 'umd',
    define: {'import.meta.url': 'undefined'},
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
      'build:done': () =>
        writeFile(`dist/${umd}.d.ts`, "export * from './index.js';\nexport as namespace tfn;\n"),
    },
  },
]);
