// Runs the tests of the native ops on other versions of TensorFlow, whose library PyPI has:
//
//     npm run test:tensorflow-versions -- 2.5.1 2.9.1
//
// Each version is downloaded and compiled once, and kept in the user's cache (0.5 GB).
import {spawnSync} from 'node:child_process';
import {rmSync} from 'node:fs';
import {join} from 'node:path';
import {root, step} from './step.mjs';
import {BINDING, copyTfjsNode, keptFromWheel} from './tensorflow_wheel.mjs';

const PROJECTS = ['tensorflow', 'tensorflow native'];
const TESTS = ['test/conformance.test', 'test/node/native/(ops|plans).test'];

const versions = process.argv.slice(2);
if (versions.length === 0) throw new Error('Which versions? For instance 2.5.1 2.9.1.');
for (const version of versions) {
  if (!runTests(provide(version))) process.exitCode = 1;
}

/**
 * @param {string} version
 * @returns {string} a folder with tfjs-node on that version, to be removed
 */
function provide(version) {
  const kept = keptFromWheel(version);
  const print = 'console.log(require(process.argv[1]).TF_Version)';
  const found = step('check', process.execPath, ['-e', print, join(kept, BINDING)]).trim();
  if (found !== version) throw new Error(`TensorFlow says that it is ${found}, not ${version}.`);
  return copyTfjsNode(kept);
}

/** @param {string} folder */
function runTests(folder) {
  const jest = join(root, 'node_modules', 'jest', 'bin', 'jest.js');
  try {
    const {status} = spawnSync(
      process.execPath,
      [jest, ...TESTS, '--selectProjects', ...PROJECTS],
      {
        cwd: root,
        env: {...process.env, TFJS_NODE: folder},
        stdio: 'inherit',
      },
    );
    return status === 0;
  } finally {
    rmSync(folder, {recursive: true});
  }
}
