/** Builds the site into site/dist, a folder of static files that works from any path. */
import {copyFileSync, cpSync, mkdirSync, readdirSync, rmSync} from 'node:fs';
import {dirname, join} from 'node:path';
import {createRequire} from 'node:module';
import {fileURLToPath} from 'node:url';
import Eleventy from '@11ty/eleventy';
import {build} from 'esbuild';
import {Application} from 'typedoc';

const here = dirname(fileURLToPath(import.meta.url));
const root = dirname(here);
const out = join(here, 'dist');
const find = createRequire(import.meta.url);

rmSync(out, {recursive: true, force: true});
await reference();
await Promise.all([pages(), scripts()]);
assets();

/** Pages in Markdown from the docstrings. */
async function reference() {
  const app = await Application.bootstrapWithPlugins({
    entryPoints: ['index', 'models/index'].map(name => join(root, 'src', `${name}.ts`)),
    tsconfig: join(root, 'tsconfig.build.json'),
    plugin: ['typedoc-plugin-markdown'],
    excludeInternal: true,
    excludePrivate: true,
    excludeProtected: true,
    excludeExternals: true,
    disableSources: true,
    skipErrorChecking: true,
    readme: 'none',
    name: 'API reference',
    logLevel: 'Warn',
    validation: {notExported: false},
  });
  app.options.setValue('hidePageHeader', true);
  app.options.setValue('hideBreadcrumbs', true);
  app.options.setValue('entryFileName', 'index');
  app.options.setValue('out', join(here, 'pages', 'api'));
  const project = await app.convert();
  if (project == null) throw new Error('TypeDoc found no project.');
  await app.generateOutputs(project);
}

async function pages() {
  const eleventy = new Eleventy(join(here, 'pages'), out, {
    configPath: join(here, 'eleventy.config.ts'),
    quietMode: true,
  });
  await eleventy.write();
}

/** What runs in pages, with tfjs in it. */
async function scripts() {
  await build({
    entryPoints: ['playground', 'lab'].map(name => join(here, 'client', `${name}.ts`)),
    outdir: join(out, 'scripts'),
    bundle: true,
    minify: true,
    format: 'iife',
    target: 'es2022',
    mainFields: ['module', 'browser'],
    define: {global: 'globalThis'},
    external: ['url'],
    logLevel: 'error',
  });
}

function assets() {
  const wasm = join(dirname(find.resolve('@tensorflow/tfjs-backend-wasm/package.json')), 'dist');
  for (const name of readdirSync(wasm).filter(name => name.endsWith('.wasm'))) {
    copyFileSync(join(wasm, name), join(out, 'scripts', name));
  }
  copyFileSync(join(here, 'theme', 'site.css'), join(out, 'site.css'));
  const katex = dirname(find.resolve('katex/dist/katex.min.css'));
  mkdirSync(join(out, 'katex', 'fonts'), {recursive: true});
  copyFileSync(join(katex, 'katex.min.css'), join(out, 'katex', 'katex.min.css'));
  for (const name of readdirSync(join(katex, 'fonts')).filter(name => name.endsWith('.woff2'))) {
    copyFileSync(join(katex, 'fonts', name), join(out, 'katex', 'fonts', name));
  }
  cpSync(join(root, 'docs', 'images'), join(out, 'docs', 'images'), {recursive: true});
}
