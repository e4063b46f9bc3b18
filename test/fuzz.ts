/**
 * Random calls of the ops against float64, for as many seconds as are given on each backend:
 *
 *     npm run fuzz [-- --backend cpu,wasm,tensorflow --seconds 20 --seed 1 --trials 1000]
 */
import {parseArgs} from 'node:util';
import '@tensorflow/tfjs';
import '@tensorflow/tfjs-backend-wasm';
import * as tf from '@tensorflow/tfjs-core';
import {fuzzCase} from './cases/fuzz.js';

const {values} = parseArgs({
  options: {
    backend: {type: 'string', default: 'cpu,wasm,tensorflow'},
    seconds: {type: 'string', default: '20'},
    seed: {type: 'string', default: String(Date.now() % 1e6)},
    trials: {type: 'string', default: 'Infinity'},
  },
});
const first = Number(values.seed);
let failures = 0;
for (const backend of values.backend.split(',')) {
  if (backend === 'tensorflow') await import('@tensorflow/tfjs-node');
  await tf.setBackend(backend);
  const end = Date.now() + 1000 * Number(values.seconds);
  let seed = first;
  while (Date.now() < end && seed - first < Number(values.trials)) {
    const {name, run} = fuzzCase(seed++);
    try {
      await run();
    } catch (error) {
      failures++;
      console.error(`${backend}: ${name}\n    ${(error as Error).message}`);
    }
  }
  console.log(`${backend}: ${seed - first} trials from --seed ${first} on`);
}
console.log(failures === 0 ? 'no failures' : `${failures} failures`);
process.exitCode = failures === 0 ? 0 : 1;
