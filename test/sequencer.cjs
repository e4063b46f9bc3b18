const {default: Sequencer} = require('@jest/test-sequencer');

/** The files that take a quarter of a minute or more, the longest first. */
const LONGEST = [
  'browser/webgl',
  'browser/webgpu',
  'browser/webgl_golden',
  'browser/site',
  'browser/webgl_unpacked',
  'node/native/ops',
  'browser/webgpu_golden',
  'browser/webgl_float16',
  'examples',
  'host/loops',
  'conformance',
  'determinism',
  'package/bundles',
];

/** Jest would begin with the largest files, and a page whose file has three lines would be the last to run. */
module.exports = class LongestFirst extends Sequencer {
  /** @override @param {Parameters<Sequencer['sort']>[0]} tests */
  async sort(tests) {
    const sorted = await super.sort(tests);
    const rank = (/** @type {string} */ path) => {
      const at = LONGEST.findIndex(name => path.endsWith(`/test/${name}.test.ts`));
      return at < 0 ? LONGEST.length : at;
    };
    return sorted.sort((a, b) => rank(a.path) - rank(b.path));
  }
};
