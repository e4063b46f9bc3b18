/** Node 23 removed functions of `util` that tfjs-node calls. The kernels do without. */
import util from 'node:util';
import {registerNormalization} from '../../src/register.js';
import {MOMENTS} from '../../src/statistic.js';
import '../backends.js';
import {kernelsOn} from './kernels.js';

registerNormalization();

test.each([
  ['rows', [5, 12], [1], [1]],
  ['columns', [12, 5], [0], [1]],
])('the kernels run on %s', (_, shape, reduced, params) => {
  const run = kernelsOn({shape, reduced, params, statistic: MOMENTS, epsilon: 1e-3});
  const removed = ['isNullOrUndefined', 'isArray'] as const;
  const kept = removed.map(name => Object.getOwnPropertyDescriptor(util, name)!);
  for (const name of removed) Object.defineProperty(util, name, {value: undefined, writable: true});
  try {
    run();
  } finally {
    removed.forEach((name, i) => Object.defineProperty(util, name, kept[i]));
  }
});
