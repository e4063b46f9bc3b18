/** The cases of WebGPU in Node, those that the regular expression picks; see scripts/dawn.mjs. */
import * as tf from '@tensorflow/tfjs';
import {startBackend} from '../../bench/backends.js';
import '../../src/ops/index.js';
import {SUITES} from './suites.js';

const {cases, flags} = SUITES.webgpu;
tf.env().set('IS_TEST', true);
await startBackend('webgpu');
for (const [flag, value] of Object.entries(flags)) tf.env().set(flag, value);

const pattern = new RegExp(process.argv[2] ?? '');
const chosen = cases.filter(({name}) => pattern.test(name));
let failed = 0;
for (const {name, run} of chosen) {
  try {
    await run();
  } catch (error) {
    failed++;
    console.error(`${name}\n  ${(error as Error).message}`);
  }
}
console.log(`${chosen.length - failed} passed, ${failed} failed`);
// Dawn's threads would keep the process.
process.exit(failed === 0 && chosen.length > 0 ? 0 : 1);
