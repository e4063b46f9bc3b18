// Installs and builds what is absent or out of date:
//
//     node scripts/setup.mjs [--no-install | --workspace FOLDER]
//
// --no-install fails where nothing is installed; --workspace also installs what a workspace needs.
// This file imports no package, and an old Node can parse it: it runs before anything is installed.
import {existsSync, readdirSync, readFileSync, statSync} from 'fs';
import {join, resolve} from 'path';
import {fileURLToPath} from 'url';
import {root, step} from './step.mjs';

export {root};

const BUILT = ['index.js', 'index.cjs', 'index.d.ts', 'index.d.cts', 'tfjs-normalization.min.d.ts'];
const BUILT_FROM = [
  'src',
  'package.json',
  'package-lock.json',
  'tsconfig.json',
  'tsconfig.build.json',
  'tsdown.config.ts',
];

// npm writes this file last, so that it is absent after an interrupted installation.
const INSTALLED = join(root, 'node_modules', '.package-lock.json');

export function setup({mayInstall = true} = {}) {
  checkNode();
  if (mayInstall) install();
  else if (!existsSync(INSTALLED)) fail('The packages are not installed: run `npm ci` first.');
  build();
}

function install() {
  if (modified(INSTALLED) >= modified(join(root, 'package-lock.json'))) return;
  // Without the flag, NODE_ENV=production would leave out the build tools.
  npm('install', ['ci', '--include=dev', '--no-audit', '--no-fund']);
}

function build() {
  const built = Math.min(...BUILT.map(name => modified(join(root, 'dist', name))));
  if (newest(BUILT_FROM.map(path => join(root, path))) > built) npm('build', ['run', 'build']);
}

/**
 * Installs what a workspace needs, unless it is there.
 *
 * @param {string} folder
 */
function installWorkspace(folder) {
  const {dependencies} = JSON.parse(readFileSync(join(root, folder, 'package.json'), 'utf8'));
  const isThere = Object.keys(dependencies).every(name =>
    existsSync(join(root, 'node_modules', name, 'package.json')),
  );
  if (isThere) return;
  const options = ['--workspaces', '--workspace', folder, '--no-save', '--no-audit', '--no-fund'];
  npm(`install ${folder}`, ['install', ...options]);
}

function checkNode() {
  const {name, engines} = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8'));
  const [needed, current] = [engines.node, process.versions.node].map(version =>
    version.match(/\d+/g).map(Number),
  );
  const [major, minor] = needed;
  if (current[0] > major || (current[0] === major && current[1] >= minor)) return;
  fail(`${name} needs Node ${major}.${minor} or newer; this is Node ${process.versions.node}.`);
}

/**
 * @param {string} name
 * @param {string[]} args
 */
function npm(name, args) {
  try {
    step(name, 'npm', args);
  } catch (error) {
    fail(`${error instanceof Error ? error.message : error}\n\`npm ${args.join(' ')}\` failed`);
  }
}

/**
 * @param {string} path
 * @returns {number}
 */
function modified(path) {
  return existsSync(path) ? statSync(path).mtimeMs : -Infinity;
}

/**
 * The folders count too: their time changes when a file goes.
 *
 * @param {string[]} paths
 * @returns {number}
 */
function newest(paths) {
  return Math.max(
    ...paths.map(path =>
      existsSync(path) && statSync(path).isDirectory()
        ? Math.max(modified(path), newest(readdirSync(path).map(name => join(path, name))))
        : modified(path),
    ),
  );
}

/**
 * @param {string} message
 * @returns {never}
 */
function fail(message) {
  console.error(message);
  process.exit(1);
}

if (process.argv[1] && resolve(process.argv[1]) === fileURLToPath(import.meta.url)) {
  const [option, folder] = process.argv.slice(2);
  setup({mayInstall: option !== '--no-install'});
  if (option === '--workspace') installWorkspace(folder);
}
