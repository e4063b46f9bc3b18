import type * as tf from '@tensorflow/tfjs-core';
import type {NormalizeAttrs} from '../../contract.js';
import {ARRAY_KERNELS, type Arrays, type Ids, partsOf} from '../../host/array_kernels.js';
import {runInTiles} from '../../host/tiles.js';
import type {NodeBackend} from './tensorflow.js';

/** A kernel on the tensors' values, copied out of TensorFlow and back in. */
export function runOnArrays(
  kernelName: string,
  backend: NodeBackend,
  inputs: Record<string, tf.TensorInfo>,
  attrs: NormalizeAttrs,
): tf.TensorInfo[] {
  const arrays: Arrays = {};
  const ids: Ids = {};
  for (const [name, {dataId}] of Object.entries(inputs)) {
    arrays[name] = backend.readSync(dataId) as Float32Array;
    ids[name] = dataId;
  }
  const results = partsOf(kernelName).map(name => {
    const kernel = ARRAY_KERNELS[name];
    const outputs = kernel.outputs(attrs, inputs['x'].shape);
    const values = runInTiles(kernel, arrays, outputs, attrs, ids) ?? kernel.plain(arrays, attrs);
    return outputs.map(([, shape], i): tf.TensorInfo => ({
      dataId: backend.write(values[i], shape, 'float32'),
      shape,
      dtype: 'float32',
    }));
  });
  return results.reverse().flat();
}
