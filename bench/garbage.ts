import {setTimeout} from 'node:timers/promises';
import {setFlagsFromString} from 'node:v8';
import {runInNewContext} from 'node:vm';

setFlagsFromString('--expose-gc');
const collectGarbage = runInNewContext('gc') as () => void;

// A collection also throws out compiled code, so there is one only for much garbage.
const MUCH_GARBAGE = 2 ** 25;
let kept = process.memoryUsage().arrayBuffers;

/**
 * Collects garbage and waits, since arrays are freed in the background, which would slow the next
 * sample.
 */
export async function rest(): Promise<void> {
  if (process.memoryUsage().arrayBuffers - kept < MUCH_GARBAGE) return;
  collectGarbage();
  await setTimeout(10);
  kept = process.memoryUsage().arrayBuffers;
}
