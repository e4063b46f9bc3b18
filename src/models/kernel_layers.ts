/** The layers of tfjs that have a kernel, as `foldBatchNorm` sees them. */
import type {Tensor} from '@tensorflow/tfjs-core';
import {layers, type LayerVariable} from '@tensorflow/tfjs-layers';
import {WeightStandardization} from '../layers/weight_standardization.js';
import type {Layer} from './graph.js';
import {once} from './once.js';

/**
 * How the kernel's axes go with the channels:
 *
 *     plain        [..., in, out]   convolutions and dense layers
 *     transposed   [..., out, in]
 *     depthwise    [height, width, in, multiplier]
 *     separable    depthwise, and then [1, 1, in · multiplier, out]
 */
export type Kind = 'plain' | 'transposed' | 'depthwise' | 'separable';

export type KernelLayer = Layer & {
  readonly kernel: LayerVariable | null;
  readonly depthwiseKernel: LayerVariable;
  readonly pointwiseKernel: LayerVariable;
  readonly bias: LayerVariable | null;
  readonly activation: {getClassName(): string} | null;
  readonly padding?: string;
  readonly dataFormat?: string;
  readonly kernelSize?: number[];
  readonly strides?: number[];
  readonly dilationRate?: number[];
};

const kinds = once(() => {
  // With a name, since tfjs would count the layer, and so name the program's next ones otherwise.
  const args = {name: 'probe', filters: 1, kernelSize: 1, units: 1};
  const kinds: Array<[Layer, Kind]> = [
    [layers.dense(args), 'plain'],
    [layers.conv1d(args), 'plain'],
    [layers.conv2d(args), 'plain'],
    [layers.conv3d(args), 'plain'],
    [layers.conv2dTranspose(args), 'transposed'],
    [layers.conv3dTranspose(args), 'transposed'],
    [layers.depthwiseConv2d(args), 'depthwise'],
    [layers.separableConv2d(args), 'separable'],
  ];
  return new Map(kinds.map(([layer, kind]) => [layer.constructor, kind]));
});

/** The layer that has the kernel: the layer itself, or the one whose kernel it standardizes. */
export const kernelLayer = (layer: Layer): KernelLayer =>
  (layer instanceof WeightStandardization ? layer.layer : layer) as KernelLayer;

/** The kind of the layer's kernel; undefined of a layer that is none of these, or of a class of its own. */
export const kindOf = (layer: Layer): Kind | undefined =>
  kinds().get(kernelLayer(layer).constructor);

/** The kernels with which a layer computes, in the order of its weights. */
export function kernelsOf(layer: Layer): Tensor[] {
  if (layer instanceof WeightStandardization) return [layer.standardized()];
  const {kernel, depthwiseKernel, pointwiseKernel} = layer as KernelLayer;
  if (kernel != null) return [kernel.read()];
  return [depthwiseKernel, ...(pointwiseKernel == null ? [] : [pointwiseKernel])].map(weight =>
    weight.read(),
  );
}

/** The axis of the channels in inputs and outputs of this rank. */
export const channelAxis = ({dataFormat}: KernelLayer, rank: number): number =>
  dataFormat === 'channelsFirst' ? 1 : rank - 1;

/** Whether no zeros are put around the input; with `same` none are if the kernel is 1 wide. */
export const isUnpadded = ({padding, kernelSize}: KernelLayer): boolean =>
  padding == null || padding === 'valid' || kernelSize!.every(size => size === 1);

/** The name of the activation that the layer itself applies. */
export const activationOf = ({activation}: KernelLayer): string =>
  activation?.getClassName() ?? 'linear';
