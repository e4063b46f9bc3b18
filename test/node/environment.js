import {TestEnvironment} from 'jest-environment-node';
import '../../scripts/node_util.mjs';

/** The arrays that tfjs-node's binding returns are those of the outer realm. */
export default class extends TestEnvironment {
  /** @param {ConstructorParameters<typeof TestEnvironment>} args */
  constructor(...args) {
    super(...args);
    Object.assign(this.global, {Float32Array, Int32Array});
  }
}
