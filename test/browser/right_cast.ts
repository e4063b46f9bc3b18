/**
 * On webgpu, tfjs 4.22 casts a boolean to float32 in name alone: the tensor goes on to hold integers,
 * with which its transpose does not compile. Its recurrent layers do both to every mask, so that
 * models with both are compared beside a cast that converts.
 */
import * as tf from '@tensorflow/tfjs';
import {assert, type Case} from '../cases/case.js';

type Backend = {
  makeTensorInfo: (shape: number[], dtype: tf.DataType, values: Float32Array) => tf.TensorInfo;
  disposeData: (dataId: object) => void;
  tensorMap: {get: (dataId: object) => tf.TensorInfo};
};
type Args = {inputs: {x: tf.TensorInfo}; backend: Backend; attrs: {dtype: tf.DataType}};
type Kernel = (args: object) => tf.TensorInfo;

const kernelOf = (name: string) => tf.getKernel(name, 'webgpu').kernelFunc as unknown as Kernel;

function replaceCast(kernel: Kernel): void {
  const config = tf.getKernel('Cast', 'webgpu');
  tf.unregisterKernel('Cast', 'webgpu');
  tf.registerKernel({...config, kernelFunc: kernel as unknown as typeof config.kernelFunc});
}

/** Beside a cast of booleans that converts, if it is a case of models with masks. */
export const ifMasked = (c: Case): Case => (/Keras \d, masks/.test(c.name) ? withRightCast(c) : c);

const withRightCast = ({name, run}: Case): Case => ({
  name: `${name}, beside a right cast`,
  run: async () => {
    const cast = kernelOf('Cast');
    let casts = 0;
    replaceCast(args => {
      const {inputs, backend, attrs} = args as Args;
      const named = cast(args);
      if (inputs.x.dtype !== 'bool' || attrs.dtype !== 'float32') return named;
      casts++;
      const {dtype} = backend.tensorMap.get(named.dataId);
      assert(dtype === 'bool', () => 'tfjs casts rightly: this file can go');
      const one = backend.makeTensorInfo([], 'float32', Float32Array.of(1));
      const converted = kernelOf('Multiply')({inputs: {a: named, b: one}, backend});
      for (const {dataId} of [named, one]) backend.disposeData(dataId);
      return converted;
    });
    try {
      await run();
    } finally {
      replaceCast(cast);
    }
    assert(casts > 0, () => 'Nothing was cast.');
  },
});
