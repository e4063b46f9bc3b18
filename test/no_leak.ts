import * as tf from '@tensorflow/tfjs-core';

/** Runs `f`, after which there must be as many tensors as before. */
export function expectNoLeak(f: () => void): void {
  const held = () => {
    const {numTensors, numDataBuffers} = tf.memory();
    return {numTensors, numDataBuffers};
  };
  const before = held();
  f();
  expect(held()).toEqual(before);
}
