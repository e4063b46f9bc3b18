/** A tfjs that `accelerate` does not reach or does not know. */
import * as tf from '@tensorflow/tfjs';
import type * as Package from '../../src/index.js';

beforeAll(async () => {
  await tf.setBackend('cpu');
  // A second copy of tfjs says that it sets its platform again.
  jest.spyOn(console, 'warn').mockImplementation();
});

const {prototype} = tf.layers.layerNormalization({name: 'any'}).constructor as unknown as {
  prototype: {call: unknown};
};
const touched = () => [
  prototype.call,
  tf.getKernel('FusedBatchNorm', 'cpu'),
  tf.getGradient('FusedBatchNorm'),
];

/** Runs `f` with this package on other modules of tfjs than this file has. */
function withPackage(mocks: Record<string, object>, f: (tfn: typeof Package) => void): void {
  jest.isolateModules(() => {
    for (const [name, module] of Object.entries(mocks))
      jest.doMock(`@tensorflow/tfjs-${name}`, () => module);
    f(jest.requireActual('../../src/index.js'));
    for (const name of Object.keys(mocks)) jest.dontMock(`@tensorflow/tfjs-${name}`);
  });
}

test('the layers of a first copy of tfjs cannot be reached; tf.batchNorm can', () => {
  withPackage({}, ({accelerate}) => {
    const before = touched();
    expect(() => accelerate()).toThrow(
      new Error(
        'accelerate: there must be one copy of @tensorflow/tfjs-core, but there are two: the layers of the ' +
          'other one cannot be reached. Install one version for all, or set layers to false.',
      ),
    );
    expect(touched()).toEqual(before);
    const undo = accelerate({layers: false});
    const vector = tf.zeros([2]) as tf.Tensor1D;
    // Without a scale, tfjs's own gradient fails.
    const dx = tf.grad(x => tf.batchNorm(x, vector, vector, vector, undefined, 1))(tf.ones([2, 2]));
    expect(Array.from(dx.dataSync())).toEqual([1, 1, 1, 1]);
    undo();
    touched().forEach((one, i) => expect(one).toBe(before[i]));
  });
});

const {version_core: core} = tf as unknown as {version_core: string};
const layers = tf.version['tfjs-layers'];

test.each([
  ['layers', {core: tf, layers: {...tf, version_layers: '3.21.0'}}, '3.21.0'],
  [
    'core',
    {core: {...tf, version_core: '5.0.0-rc.1'}, layers: {...tf, version_layers: layers}},
    '5.0.0-rc.1',
  ],
])('another version of tfjs-%s is an error', (name, mocks, version) => {
  const before = touched();
  withPackage(mocks, ({accelerate}) => {
    expect(() => accelerate()).toThrow(
      new Error(`accelerate: @tensorflow/tfjs-${name} must be of version 4, but is ${version}.`),
    );
  });
  touched().forEach((one, i) => expect(one).toBe(before[i]));
});

test.each([layers, '4.23.0-rc.0', '0.0.0'])('tfjs-layers %s is known', version => {
  withPackage(
    {core: {...tf, version_core: core}, layers: {...tf, version_layers: version}},
    ({accelerate}) => {
      const before = touched();
      const undo = accelerate();
      touched().forEach((one, i) => expect(one).not.toBe(before[i]));
      undo();
    },
  );
});
