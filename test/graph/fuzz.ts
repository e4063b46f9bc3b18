/**
 * Golden models, each changed in one or two places, with their norms fused and as they are:
 *
 *     npm run fuzz:graph [-- --seed 0 --trials 10000]
 */
import {parseArgs} from 'node:util';
import * as tf from '@tensorflow/tfjs';
import {checkMutation} from './mutations.js';

const {values} = parseArgs({
  options: {
    seed: {type: 'string', default: '0'},
    trials: {type: 'string', default: '10000'},
  },
});
await tf.setBackend('cpu');
const counts = {fused: 0, refused: 0, invalid: 0, wrong: 0};
const first = Number(values.seed);
for (let seed = first; seed < first + Number(values.trials); seed++) {
  try {
    counts[await checkMutation(seed)]++;
  } catch (error) {
    counts.wrong++;
    console.error((error as Error).message);
  }
}
console.log(JSON.stringify(counts));
process.exitCode = counts.wrong === 0 ? 0 : 1;
