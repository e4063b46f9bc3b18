/**
 * Golden models and norms of random spellings, each changed in one or two places, with their norms fused and as
 * they are; and the spellings as they are, which must all be fused:
 *
 *     npm run fuzz:graph [-- --seed 0 --trials 10000]
 */
import {parseArgs} from 'node:util';
import * as tf from '@tensorflow/tfjs';
import {checkMutation, checkSpelling, type Outcome} from './mutations.js';

const {values} = parseArgs({
  options: {
    seed: {type: 'string', default: '0'},
    trials: {type: 'string', default: '10000'},
  },
});
await tf.setBackend('cpu');
const first = Number(values.seed);
const last = first + Number(values.trials);
const counted = {
  mutations: await count(checkMutation),
  spellings: await count(seed => checkSpelling(seed, false)),
  'mutated spellings': await count(seed => checkSpelling(seed, true)),
};
console.log(JSON.stringify(counted, null, 2));
const {spellings} = counted;
const isWrong = Object.values(counted).some(({wrong}) => wrong > 0);
process.exitCode = isWrong || spellings.refused + spellings.invalid > 0 ? 1 : 0;

async function count(check: (seed: number) => Promise<Outcome>) {
  const counts = {fused: 0, refused: 0, invalid: 0, wrong: 0};
  for (let seed = first; seed < last; seed++) {
    try {
      counts[await check(seed)]++;
    } catch (error) {
      counts.wrong++;
      console.error((error as Error).message);
    }
  }
  return counts;
}
