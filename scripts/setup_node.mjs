// Makes @tensorflow/tfjs-node work, whose install script npm does not run here (.npmrc):
//
//     node scripts/setup_node.mjs [--optional]
//
// It runs the package's own installer. Where that cannot download, it takes libtensorflow from the
// wheel of TensorFlow's Python package and compiles the package's binding against it. The result is
// kept in the user's cache and linked from node_modules, which `npm ci` empties.
//
// With --optional the script succeeds even if this fails, except in CI.
import {cpSync, existsSync, readFileSync, rmSync, symlinkSync} from 'node:fs';
import {join, resolve} from 'node:path';
import {fileURLToPath} from 'node:url';
import {keptInCache} from './cache.mjs';
import {step} from './step.mjs';
import {BINDING, provideFromWheel, tfjsNode} from './tensorflow_wheel.mjs';

export const TENSORFLOW = '2.21.0';
const PARTS = ['deps', 'lib'];

/** @returns {string | null} why the backend cannot run here, or null if it can */
export function whyNoTensorflow() {
  if (existsSync(join(tfjsNode, BINDING))) return null;
  return 'libtensorflow is not there; npm run setup:node provides it or says what it needs';
}

function setupNode() {
  const {version} = JSON.parse(readFileSync(join(tfjsNode, 'package.json'), 'utf8'));
  const kept = keptInCache(`tfjs-node-${version}`, folder => {
    provide(folder);
    step('check', process.execPath, ['-e', 'require(process.argv[1])', join(folder, BINDING)]);
  });
  for (const part of PARTS) {
    rmSync(join(tfjsNode, part), {recursive: true, force: true});
    // On Windows a junction needs no special rights; other systems ignore the type.
    symlinkSync(join(kept, part), join(tfjsNode, part), 'junction');
  }
  console.log(`setup: @tensorflow/tfjs-node ${version} is ready`);
}

/**
 * Fills the folder with what the package's installer would put into the package.
 *
 * @param {string} folder
 */
function provide(folder) {
  try {
    // The installer would take empty folders of an earlier try for a download.
    for (const part of PARTS) rmSync(join(tfjsNode, part), {recursive: true, force: true});
    step('install @tensorflow/tfjs-node', 'npm', [
      'rebuild',
      '@tensorflow/tfjs-node',
      '--ignore-scripts=false',
      '--foreground-scripts',
    ]);
    for (const part of PARTS) {
      cpSync(join(tfjsNode, part), join(folder, part), {recursive: true, verbatimSymlinks: true});
    }
  } catch (error) {
    if (process.platform !== 'linux' || process.arch !== 'x64') throw error;
    provideFromWheel(folder, TENSORFLOW);
  }
}

if (process.argv[1] && resolve(process.argv[1]) === fileURLToPath(import.meta.url)) {
  const optional = process.argv[2] === '--optional' && !process.env['CI'];
  try {
    if (whyNoTensorflow() != null) setupNode();
  } catch (error) {
    // A program that can do without the backend says itself that it is missing.
    if (!optional) {
      console.error(error instanceof Error ? error.message : error);
      process.exitCode = 1;
    }
  }
}
