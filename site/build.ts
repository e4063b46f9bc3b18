/**
 * Builds the site into site/dist, a folder of static files that works from any path.
 *
 * Eleventy makes plain pages with relative links. VitePress would make an application, whose scripts
 * know the path that it was built for.
 */
import {
  copyFileSync,
  cpSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
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
rmSync(join(here, 'pages', 'api'), {recursive: true, force: true});
await reference();
await Promise.all([pages(), scripts()]);
assets();

/** Pages in Markdown from the docstrings. */
async function reference() {
  const app = await Application.bootstrapWithPlugins({
    entryPoints: ['index', 'models/index', 'graph/index'].map(name =>
      join(root, 'src', `${name}.ts`),
    ),
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
  app.options.setValue('entryFileName', 'index');
  app.options.setValue('indexFormat', 'table');
  const order = ['Variables', 'Functions', 'Namespaces', 'Classes', 'Interfaces', '*'];
  app.options.setValue('groupOrder', order);
  app.options.setValue('pageTitleTemplates', {
    index: 'API reference',
    module: ({name}: {name: string}) => entryOf(name),
    member: '{name}',
  });
  app.options.setValue('out', join(here, 'pages', 'api'));
  const project = await app.convert();
  if (project == null) throw new Error('TypeDoc found no project.');
  await app.generateOutputs(project);
  const api = join(here, 'pages', 'api');
  change(join(api, 'index.md'), text =>
    text.replace(/\[(index|models|graph)\]/g, (_, name: string) => `[${entryOf(name)}]`),
  );
  asFunctions(api);
}

function entryOf(module: string) {
  return module === 'index' ? 'tfjs-normalization' : `tfjs-normalization/${module}`;
}

/** Ops and the makers of layers are constants to TypeScript, and functions to readers. */
function asFunctions(api: string) {
  const entry = join(api, 'index');
  const layers = join(entry, 'namespaces', 'layers');
  for (const [folder, heading] of [
    [entry, 'Ops'],
    [layers, 'Layers'],
  ]) {
    change(join(folder, 'index.md'), text => text.replace('## Variables', `## ${heading}`));
    cpSync(join(folder, 'variables'), join(folder, 'functions'), {recursive: true});
    rmSync(join(folder, 'variables'), {recursive: true});
  }
  for (const name of readdirSync(api, {recursive: true, encoding: 'utf8'})) {
    if (!name.endsWith('.md')) continue;
    change(join(api, name), text =>
      text
        .replaceAll('variables/', 'functions/')
        .replace('| Variable |', '| Name |')
        // The trail of pages above a title.
        .replace(
          /^(\[API reference\].*\/ \[)(index|models|graph)\]/,
          (_, before: string, name: string) => `${before}${entryOf(name)}]`,
        )
        .replace(/^> `const` (\*\*\w+\*\*): (.*) => (.*)$/m, '> $1$2: $3'),
    );
  }
}

function change(file: string, how: (text: string) => string) {
  writeFileSync(file, how(readFileSync(file, 'utf8')));
}

async function pages() {
  // Its paths are relative to the working directory.
  process.chdir(root);
  const eleventy = new Eleventy('site/pages', 'site/dist', {
    configPath: 'site/eleventy.config.ts',
    quietMode: true,
  });
  await eleventy.write();
}

/** The scripts that run in pages, with tfjs in them. */
async function scripts() {
  await build({
    entryPoints: ['playground', 'lab'].map(name => join(here, 'client', `${name}.ts`)),
    outdir: join(out, 'scripts'),
    bundle: true,
    // The side effects that package.json lists are those of dist.
    ignoreAnnotations: true,
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
