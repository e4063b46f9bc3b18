/** Losses and weights that the trainings of tfjs's own tests expect, which have them of Keras 2. */
import * as tf from '@tensorflow/tfjs';
import type * as tfn from '../../src/index.js';

const {layers} = tf;
type Make = Pick<typeof tfn.layers, 'batchNormalization' | 'layerNormalization'>;

export type History = {
  test: string;
  model: (make: Make) => tf.layers.Layer[];
  x: tf.TensorLike;
  y: tf.TensorLike;
  /** The kernel that its gradient needs, which not every backend of tfjs has. */
  kernel?: 'Conv2DBackpropFilter';
  learningRate?: number;
  losses: number[];
  /** By the layer's index. */
  weights?: Record<number, tf.TensorLike[]>;
};

export const SOURCE = 'tfjs, tfjs-layers/src/layers/normalization_test.ts';

const three = [
  [1, 2, 3, 4],
  [2, 4, 6, 8],
  [12, 11, 10, 9],
];
const four = [
  [1, 2, 3],
  [3, 6, 24],
  [10, 5, 0],
  [2, 7, 8],
];
const ones = {kernelInitializer: 'ones', biasInitializer: 'zeros'} as const;
const one = () => layers.dense({units: 1, ...ones});
const same = (value: number, times: number) => Array<number>(times).fill(value);

/** 50 numbers as two images. */
const images = (of: (i: number) => number) =>
  [0, 25].map(n => [0, 5, 10, 15, 20].map(row => [0, 1, 2, 3, 4].map(i => [of(n + row + i)])));

export const HISTORIES: History[] = [
  {
    test: 'Fit: 2D, BatchNorm Layer Only',
    model: make => [make.batchNormalization({inputShape: [4]})],
    x: three,
    y: [same(0, 4), same(0, 4), same(0, 4)],
    losses: [0.9998891353607178, 0.9899163246154785],
    weights: {
      0: [
        [0.9900254, 0.9900257, 0.9900262, 0.9900271],
        [2.9802322e-10, 1.4901161e-10, 9.1269614e-10, -7.4505802e-10],
        [0.09949999, 0.11276666, 0.12603334, 0.13929999],
        [1.4709667, 1.2763889, 1.1437222, 1.0729666],
      ],
    },
  },
  {
    test: 'Fit: 2D, BatchNorm Layer between two Dense Layers',
    model: make => [
      layers.dense({units: 4, kernelInitializer: 'ones', useBias: false, inputShape: [4]}),
      make.batchNormalization(),
      layers.dense({units: 1, kernelInitializer: 'ones', useBias: false}),
    ],
    x: three,
    y: [[0], [0], [0]],
    learningRate: 0.1,
    losses: [15.999907493591309, 0.025602197274565697, 0.022478966042399406],
    weights: {
      0: [[same(0.99999833, 4), same(0.9999987, 4), same(0.999999, 4), same(0.99999934, 4)]],
      1: [same(0.18779878, 4), same(5.5367128e-8, 4), same(0.7128234, 4), same(6.276868, 4)],
      2: [[[0.18779878], [0.18779878], [0.18779878], [0.18779878]]],
    },
  },
  {
    test: 'Fit: Wtih conv2d layer',
    kernel: 'Conv2DBackpropFilter',
    model: make => [
      layers.conv2d({filters: 4, kernelSize: 2, inputShape: [5, 5, 1], ...ones}),
      make.batchNormalization(),
      layers.flatten(),
      one(),
    ],
    x: images(i => i),
    y: [[0], [1]],
    losses: [3332.9971, 2122.5361],
  },
  {
    test: 'Fit: Wtih conv2dTranspose layer',
    kernel: 'Conv2DBackpropFilter',
    model: make => [
      layers.conv2dTranspose({filters: 4, kernelSize: 2, inputShape: [5, 5, 1], ...ones}),
      make.batchNormalization(),
      layers.flatten(),
      one(),
    ],
    x: images(i => (i - 25) / 100),
    y: [[0], [1]],
    losses: [13922.4492, 106532048],
    weights: {
      1: [same(7661.0874, 4), same(-118.35103, 4), same(-0.00026271, 4), same(0.98333836, 4)],
    },
  },
  {
    test: 'Fit: 3D, BatchNorm Layer Only',
    model: make => [make.batchNormalization({inputShape: [2, 2]})],
    x: three.map(([a, b, c, d]) => [
      [a, b],
      [c, d],
    ]),
    y: [1, 2, 3].map(() => [same(0, 2), same(0, 2)]),
    losses: [0.9999215006828308, 0.980024516582489],
    weights: {
      0: [
        [0.98010117, 0.98010194],
        [-1.117587e-9, 8.1956386e-10],
        [0.11276666, 0.12603334],
        [1.3161889, 1.1835222],
      ],
    },
  },
  {
    test: 'Training: 2D: default axis',
    model: make => [make.layerNormalization({inputShape: [3]}), one()],
    x: four.slice(0, 3),
    y: [[0], [-1], [2]],
    losses: [
      1.6666666269302368, 1.4296358823776245, 1.2372404336929321, 1.0793765783309937,
      0.9486551880836487,
    ],
  },
  {
    test: 'Training: 2D: as intermediate layer: default axis',
    model: make => [
      layers.dense({units: 10, kernelInitializer: 'ones', inputShape: [3]}),
      make.layerNormalization(),
      one(),
    ],
    x: four,
    y: [[0], [-1], [2], [3]],
    losses: [3.5, 3.1083502769470215, 2.8706729412078857, 2.7243311405181885, 2.6366190910339355],
  },
  {
    test: 'Training: 3D: default axis',
    model: make => [make.layerNormalization({inputShape: [2, 3]}), layers.flatten(), one()],
    x: [four.slice(0, 2), four.slice(2)],
    y: [[0], [-1]],
    losses: [0.5, 0.33119967579841614, 0.23371894657611847, 0.171361044049263, 0.12831644713878632],
  },
  {
    test: 'Training: 3D: non-default axis',
    model: make => [
      make.layerNormalization({inputShape: [2, 3], axis: [-2, -1]}),
      layers.flatten(),
      one(),
    ],
    x: [four.slice(0, 2), four.slice(2)],
    y: [[0], [-1]],
    losses: [0.5, 0.3337608873844147, 0.23789873719215393, 0.17923809587955475, 0.1408553570508957],
  },
];
