import type {TensorInfo} from '@tensorflow/tfjs-core';
import type {ArrayKernel} from '../../host/array_kernels.js';
import {int, launch, type WebGLBackend} from './program.js';

/** `[2, groups]`: means and spreads. Not packed, where tfjs slices without a launch. */
export function moments(backend: WebGLBackend, {stats}: Record<string, TensorInfo>): [TensorInfo] {
  const [groups] = stats.shape;
  const rows = launch(backend, {
    name: 'moments',
    inputs: {stats},
    uniforms: {groups: int(groups)},
    code: `float texel(int index) {
      vec4 s = fetch(statsTexture, index % groups);
      return index < groups ? s.x : s.z;
    }`,
    outputShape: [2, groups],
    packedOutput: false,
  });
  return [rows];
}

export const MOMENTS_OF_ARRAYS: Pick<ArrayKernel, 'outputs' | 'plain'> = {
  outputs: (_, [groups]) => [['moments', [2, groups]]],
  plain: ({stats}) => {
    const groups = stats.length / 4;
    return [
      Float32Array.from({length: 2 * groups}, (_, i) =>
        i < groups ? stats[4 * i] : stats[4 * (i - groups) + 2],
      ),
    ];
  },
};
