import * as tf from '@tensorflow/tfjs';

const {layers} = tf;

/** The strides and filters of MobileNet V1 behind its first convolution, at a width of 1. */
const BLOCKS: Array<[stride: number, filters: number]> = [
  [1, 64],
  [2, 128],
  [1, 128],
  [2, 256],
  [1, 256],
  [2, 512],
  ...Array.from({length: 5}, (): [number, number] => [1, 512]),
  [2, 1024],
  [1, 1024],
];

/** MobileNet V1 as Keras has it: each convolution with batch norm and ReLU6 behind it; Howard et al. 2017. */
export function mobileNet(size: number, width: number, classes: number): tf.LayersModel {
  const model = tf.sequential();
  const bare = {useBias: false, padding: 'same'} as const;
  const addNormalized = (layer: tf.layers.Layer) => {
    model.add(layer);
    model.add(layers.batchNormalization());
    model.add(layers.reLU({maxValue: 6}));
  };
  const inputShape = [size, size, 3];
  addNormalized(
    layers.conv2d({...bare, filters: 32 * width, kernelSize: 3, strides: 2, inputShape}),
  );
  for (const [strides, filters] of BLOCKS) {
    addNormalized(layers.depthwiseConv2d({...bare, kernelSize: 3, strides}));
    addNormalized(layers.conv2d({...bare, filters: filters * width, kernelSize: 1}));
  }
  model.add(layers.globalAveragePooling2d({}));
  model.add(layers.dense({units: classes, activation: 'softmax'}));
  return model;
}
