import {readFileSync} from 'node:fs';
import {dirname, join, resolve, sep} from 'node:path';
import {createScriptTransformer} from '@jest/transform';
import {build} from 'esbuild';

/**
 * Bundles what runs in pages, with source maps beside them.
 *
 * @param {string[]} entryPoints
 * @param {string} outdir
 * @param {import('esbuild').Plugin[]} plugins
 */
export const bundle = (entryPoints, outdir, plugins) =>
  build({
    entryPoints,
    outdir,
    plugins,
    bundle: true,
    format: 'iife',
    target: 'es2022',
    sourcemap: 'external',
    sourcesContent: false,
    // Without `main`, since what a `require` finds would be a second tfjs.
    mainFields: ['module', 'browser'],
    define: {global: 'globalThis'},
    // swc's form of import.meta.url asks for it, in code for Node that no page runs.
    external: ['url'],
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
  setup: async ({onResolve, onLoad}) => {
    const transformer = await createScriptTransformer(config);
    const src = join(config.rootDir, 'src', sep);
    // A namespace of its own, since package.json calls the folder's files ES modules.
    onResolve({filter: /^\.\.?\//}, ({path, resolveDir}) => {
      const file = resolve(resolveDir, path).replace(/\.js$/, '.ts');
      return file.startsWith(src) ? {path: file, namespace: 'counted'} : undefined;
    });
    onLoad({filter: /./, namespace: 'counted'}, ({path}) => {
      const {code} = transformer.transformSource(path, readFileSync(path, 'utf8'), {
        instrument: true,
        supportsDynamicImport: false,
        supportsExportNamespaceFrom: false,
        supportsStaticESM: false,
        supportsTopLevelAwait: false,
      });
      return {contents: code, resolveDir: dirname(path)};
    });
  },
});
