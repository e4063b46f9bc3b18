// Bundles modules with tfjs left outside, except by 'esbuild with tfjs', each to a file <entry>.cjs, by the bundler of
// that name:
//
//     node bundle.mjs <bundler> <entry>...
import {basename, dirname} from 'node:path';

const [bundler, ...entries] = process.argv.slice(2);
const external = (/** @type {string} */ id) => id.startsWith('@tensorflow/');

/** @type {(external: string[]) => (entry: string, output: string) => Promise<unknown>} */
const esbuild = external => async (entry, output) => {
  const {build} = await import('esbuild');
  await build({
    ...{entryPoints: [entry], outfile: output, bundle: true, minify: true, format: 'cjs'},
    ...{external, logLevel: 'error'},
  });
};

/** @type {Record<string, (entry: string, output: string) => Promise<unknown>>} */
const BUNDLERS = {
  esbuild: esbuild(['@tensorflow/*']),
  'esbuild with tfjs': esbuild([]),

  async Rollup(entry, output) {
    const {rollup} = await import('rollup');
    const {nodeResolve} = await import('@rollup/plugin-node-resolve');
    const bundle = await rollup({input: entry, external, plugins: [nodeResolve()]});
    await bundle.write({file: output, format: 'cjs'});
  },

  async webpack(entry, output) {
    const {default: webpack} = await import('webpack');
    await new Promise((resolve, reject) => {
      const place = {
        path: dirname(output),
        filename: basename(output),
        library: {type: 'commonjs2'},
      };
      const externals = (
        /** @type {{request?: string}} */ {request = ''},
        /** @type {Function} */ next,
      ) => (external(request) ? next(null, `commonjs ${request}`) : next());
      webpack(
        {
          mode: 'production',
          optimization: {minimize: false},
          target: 'node',
          entry,
          output: place,
          externals,
        },
        (error, stats) =>
          error || stats?.hasErrors()
            ? reject(error ?? new Error(stats?.toString()))
            : resolve(null),
      );
    });
  },

  async Vite(entry, output) {
    const {build} = await import('vite');
    await build({
      ...{configFile: false, logLevel: 'error'},
      build: {
        lib: {entry, formats: ['cjs'], fileName: () => basename(output)},
        ...{minify: false, outDir: dirname(output), emptyOutDir: false, rollupOptions: {external}},
      },
    });
  },
};

for (const entry of entries) await BUNDLERS[bundler](entry, `${entry}.cjs`);
