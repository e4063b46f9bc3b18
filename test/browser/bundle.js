import {readFileSync} from 'node:fs';
import {createScriptTransformer} from '@jest/transform';
import {build} from 'esbuild';

/**
 * Bundles what runs in a page, with its source map beside it.
 *
 * @param {string} entry
 * @param {string} outfile
 * @param {import('esbuild').Plugin[]} plugins
 */
export const bundle = (entry, outfile, plugins = []) =>
  build({
    entryPoints: [entry],
    outfile,
    plugins,
    bundle: true,
    format: 'iife',
    target: 'es2022',
    sourcemap: 'external',
    sourcesContent: false,
    // Without `main`, since what a `require` finds would be a second tfjs.
    mainFields: ['module', 'browser'],
    define: {global: 'globalThis'},
    logLevel: 'error',
  });

/**
 * Counts what runs of src/, by the very code that jest makes of it, so that jest can add up what ran
 * in its processes and in the page.
 *
 * @param {Parameters<typeof createScriptTransformer>[0]} config
 * @returns {import('esbuild').Plugin}
 */
export const coverage = config => ({
  name: 'coverage',
  setup: async ({onLoad}) => {
    const transformer = await createScriptTransformer(config);
    onLoad({filter: /\/src\/.*\.ts$/}, ({path}) => {
      if (path.includes('node_modules')) return undefined;
      const {code} = transformer.transformSource(path, readFileSync(path, 'utf8'), {
        instrument: true,
        supportsDynamicImport: false,
        supportsExportNamespaceFrom: false,
        supportsStaticESM: false,
        supportsTopLevelAwait: false,
      });
      return {contents: code, loader: 'js'};
    });
  },
});
