// Bundles a module with tfjs left outside, by the bundler of that name:
//
//     node bundle.mjs <bundler> <entry> <output>
import {basename, dirname} from 'node:path';

const [bundler, entry, output] = process.argv.slice(2);
const external = (/** @type {string} */ id) => id.startsWith('@tensorflow/');

/** @type {Record<string, () => Promise<unknown>>} */
const BUNDLERS = {
  async esbuild() {
    const {build} = await import('esbuild');
    // The addon of the native ops is looked for beside the bundle, where CommonJS says where that is.
    await build({
      ...{entryPoints: [entry], outfile: output, bundle: true, minify: true, format: 'cjs'},
      ...{external: ['@tensorflow/*'], logOverride: {'empty-import-meta': 'silent'}},
    });
  },

  async Rollup() {
    const {rollup} = await import('rollup');
    const {nodeResolve} = await import('@rollup/plugin-node-resolve');
    const bundle = await rollup({input: entry, external, plugins: [nodeResolve()]});
    await bundle.write({file: output, format: 'cjs'});
  },

  async webpack() {
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
        {mode: 'production', target: 'node', entry, output: place, externals},
        (error, stats) =>
          error || stats?.hasErrors()
            ? reject(error ?? new Error(stats?.toString()))
            : resolve(null),
      );
    });
  },

  async Vite() {
    const {build} = await import('vite');
    await build({
      ...{configFile: false, logLevel: 'error'},
      build: {
        lib: {entry, formats: ['cjs'], fileName: () => basename(output)},
        ...{outDir: dirname(output), emptyOutDir: false, rollupOptions: {external}},
      },
    });
  },
};

await BUNDLERS[bundler]();
