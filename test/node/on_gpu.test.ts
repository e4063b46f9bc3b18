/** As where TensorFlow uses a GPU: its own ops make the kernels, whatever the size. */
import {goldenCases} from '../cases/golden.js';
import {opSubjects} from '../golden/op_cases.js';
import {FLOAT32} from '../cases/case.js';
import {conformanceCases} from '../cases/conformance.js';
import {numericsCases} from '../cases/numerics.js';
import {registerNormalization} from '../../src/register.js';
import '../backends.js';

jest.mock('../../src/kernels/backends/tensorflow/device.js', () => ({usesGpu: () => true}));

registerNormalization();

// The reference, of tf ops, is the same everywhere.
const conformance = conformanceCases(FLOAT32, ['fused']);

test.each([...conformance, ...numericsCases(FLOAT32), ...goldenCases(opSubjects)])(
  '$name',
  ({run}) => run(),
);
