// tfjs-node 4.22 calls two functions of Node's module util: isNullOrUndefined, which Node 23 removed,
// and isArray, which later versions deprecate with a warning. Where the first is gone, this puts both
// back, as docs/node.md tells users to do in programs of their own.
import util from 'node:util';

if (!('isNullOrUndefined' in util)) {
  Object.assign(util, {
    isNullOrUndefined: (/** @type {unknown} */ value) => value == null,
    isArray: Array.isArray,
  });
}
