/** Where there is no native addon. The reference is made of tf ops, so it is the same as where there is one. */
import {registerNormalization} from '../../../src/register.js';
import '../../backends.js';
import {FLOAT32} from '../../cases/case.js';
import {conformanceCases} from '../../cases/conformance.js';
import {givenCases} from '../../cases/given.js';

registerNormalization();

test.each([...conformanceCases(FLOAT32, ['fused']), ...givenCases(FLOAT32)])('$name', ({run}) =>
  run(),
);
