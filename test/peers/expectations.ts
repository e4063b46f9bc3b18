/** What other projects' own tests expect, number by number, each with where it stands there. */
import type {TensorLike} from '@tensorflow/tfjs-core';
import type * as tfn from '../../src/index.js';

const KERAS3 = 'Keras 3, keras/src/layers/normalization';
const KERAS2 = 'tf-keras, tf_keras/layers/normalization';
const TFJS_LAYERS = 'tfjs, tfjs-layers/src/layers/normalization_test.ts';
const TFJS_CORE = 'tfjs, tfjs-core/src/ops/batchnorm_test.ts';

/** A layer with its initial weights applied to `x`. */
export type LayerExpectation = {
  source: string;
  test: string;
  layer: keyof typeof tfn.layers;
  args: object;
  x: TensorLike;
  mask?: TensorLike;
  y: TensorLike;
  /** That of the source, absolute. */
  tolerance: number;
};

const eight = [[-1, -1, 1, 1, 2, 2, 0, -2]];
const twoByFour = [
  [
    [-1, -1, 2, 2],
    [1, 1, 0, -2],
  ],
];
const plain = {scale: false, center: false};
const groups: LayerExpectation[] = [
  ...[`${KERAS3}/group_normalization_test.py`, `${KERAS2}/group_normalization_test.py`].flatMap(
    source =>
      [
        {
          test: 'test_correctness_1d, one group',
          args: {groups: 1, ...plain},
          x: eight,
          y: [[-0.898, -0.898, 0.539, 0.539, 1.257, 1.257, -0.18, -1.616]],
        },
        {
          test: 'test_correctness_1d, two groups',
          args: {groups: 2, axis: 1, ...plain},
          x: eight,
          y: [[-1, -1, 1, 1, 0.904, 0.904, -0.301, -1.507]],
        },
        {
          test: 'test_correctness_2d, one group',
          args: {groups: 1, ...plain},
          x: twoByFour,
          y: [
            [
              [-0.898, -0.898, 1.257, 1.257],
              [0.539, 0.539, -0.18, -1.616],
            ],
          ],
        },
        {
          test: 'test_correctness_2d, two groups',
          args: {groups: 2, axis: 2, ...plain},
          x: twoByFour,
          y: [
            [
              [-1, -1, 0.904, 0.904],
              [1, 1, -0.301, -1.507],
            ],
          ],
        },
        {
          test: 'test_correctness_instance_norm',
          args: {groups: 4, ...plain},
          x: [
            [
              [-1, 1, 0, 2],
              [1, 3, -4, -2],
            ],
          ],
          y: [
            [
              [-1, -1, 1, 1],
              [1, 1, -1, -1],
            ],
          ],
        },
      ].map(row => ({source, layer: 'groupNormalization' as const, tolerance: 1e-3, ...row})),
  ),
  {
    source: `${KERAS3}/group_normalization_test.py`,
    test: 'test_broadcasting_2d_channels_first',
    layer: 'groupNormalization',
    args: {groups: 2, axis: 1},
    x: [
      [
        [
          [0, 1],
          [2, 3],
        ],
        [
          [4, 5],
          [6, 7],
        ],
        [
          [8, 9],
          [10, 11],
        ],
        [
          [12, 13],
          [14, 15],
        ],
      ],
    ],
    y: [
      [
        [
          [-1.5274, -1.091],
          [-0.6546, -0.2182],
        ],
        [
          [0.2182, 0.6546],
          [1.091, 1.5274],
        ],
        [
          [-1.5274, -1.091],
          [-0.6546, -0.2182],
        ],
        [
          [0.2182, 0.6546],
          [1.091, 1.5274],
        ],
      ],
    ],
    tolerance: 1e-3,
  },
  {
    source: `${KERAS2}/group_normalization_test.py`,
    test: 'test_correctness_with_centering',
    layer: 'groupNormalization',
    args: {groups: 2, scale: false, betaInitializer: {className: 'Constant', config: {value: 10}}},
    x: eight,
    y: [[9, 9, 11, 11, 10.904, 10.904, 9.699, 8.493]],
    tolerance: 1e-3,
  },
  {
    source: `${KERAS2}/group_normalization_test.py`,
    test: 'test_correctness_with_scaling',
    layer: 'groupNormalization',
    args: {groups: 2, center: false, gammaInitializer: {className: 'Constant', config: {value: 2}}},
    x: eight,
    y: [[-2, -2, 2, 2, 1.809, 1.808, -0.602, -3.014]],
    tolerance: 1e-3,
  },
];

const masked: LayerExpectation[] = [
  {
    test: 'test_correctness_1d_with_mask, one group',
    args: {groups: 1, ...plain},
    x: eight,
    mask: [[1, 1, 1, 0, 0, 0, 0, 0]],
    y: [[-0.706, -0.706, 1.413, 1.413, 2.473, 2.473, 0.353, -1.766]],
  },
  {
    test: 'test_correctness_1d_with_mask, two groups',
    args: {groups: 2, axis: 1, ...plain},
    x: eight,
    mask: [[1, 1, 1, 1, 0, 1, 0, 1]],
    y: [[-1, -1, 1, 1, 0.999, 0.999, 0, -0.999]],
  },
  {
    test: 'test_correctness_1d_with_non_binary_mask',
    args: {groups: 1, ...plain},
    x: eight,
    mask: [[0.5, 0.5, 1, 0, 0, 0, 0, 0]],
    y: [[-0.999, -0.999, 0.999, 0.999, 1.999, 1.999, 0, -1.999]],
  },
  {
    test: 'test_correctness_2d_with_mask, one group',
    args: {groups: 1, ...plain},
    x: twoByFour,
    mask: [
      [
        [1, 1, 0, 0],
        [1, 0, 0, 0],
      ],
    ],
    y: [
      [
        [-0.706, -0.706, 2.473, 2.473],
        [1.413, 1.413, 0.353, -1.766],
      ],
    ],
  },
  {
    test: 'test_correctness_2d_with_mask, two groups',
    args: {groups: 2, axis: 2, ...plain},
    x: twoByFour,
    mask: [
      [
        [1, 1, 0, 1],
        [1, 1, 0, 1],
      ],
    ],
    y: [
      [
        [-1, -1, 0.999, 0.999],
        [1, 1, 0, -0.999],
      ],
    ],
  },
].map(row => ({
  source: `${KERAS2}/group_normalization_test.py`,
  layer: 'groupNormalization' as const,
  tolerance: 1e-3,
  ...row,
}));

const twelve = [
  [
    [1, 2, 3],
    [6, 5, 4],
  ],
  [
    [3, 6, 24],
    [-10, 0, 5],
  ],
];
const layerNorms: LayerExpectation[] = [
  {
    source: `${KERAS3}/layer_normalization_test.py`,
    test: 'test_output',
    layer: 'layerNormalization',
    args: {betaInitializer: 'ones', gammaInitializer: 'ones'},
    x: [[0, 1, 2, 3, 4]],
    y: [[-0.41386, 0.29307, 1, 1.70693, 2.41386]],
    tolerance: 1e-5, // five decimals
  },
  {
    source: `${KERAS3}/layer_normalization_test.py`,
    test: 'test_output_with_rms_scaling',
    layer: 'layerNormalization',
    args: {rmsScaling: true, gammaInitializer: 'ones'},
    x: [[0, 1, 2, 3, 4]],
    y: [[0, 0.70693, 1.41386, 2.12079, 2.82772]],
    tolerance: 1e-5,
  },
  {
    source: `${KERAS3}/rms_normalization_test.py`,
    test: 'test_output',
    layer: 'rmsNormalization',
    args: {},
    x: [[0, 1, 2, 3, 4, 5, 6, 7, 8, 9]],
    y: [
      [
        ...[0, 0.18731716, 0.37463433, 0.5619515, 0.74926865],
        ...[0.9365858, 1.123903, 1.3112202, 1.4985373, 1.6858544],
      ],
    ],
    tolerance: 1e-6,
  },
  {
    source: TFJS_LAYERS,
    test: 'Forward, 2D input, default axis',
    layer: 'layerNormalization',
    args: {},
    x: [
      [1, 2, 3],
      [3, 6, 24],
    ],
    y: [
      [-1.2238274, 0, 1.2238274],
      [-0.8626572, -0.5391607, 1.401818],
    ],
    tolerance: 1e-5,
  },
  {
    source: TFJS_LAYERS,
    test: 'Forward, 3D input, default axis',
    layer: 'layerNormalization',
    args: {},
    x: twelve,
    y: [
      [
        [-1.2238274, 0, 1.2238274],
        [1.2238274, 0, -1.2238274],
      ],
      [
        [-0.8626572, -0.5391607, 1.401818],
        [-1.3362889, 0.26725778, 1.0690311],
      ],
    ],
    tolerance: 1e-5,
  },
  ...[
    [1, 2],
    [-2, -1],
  ].map(axis => ({
    source: TFJS_LAYERS,
    test: `Forward, 3D input, non-default axis: ${axis.join()}`,
    layer: 'layerNormalization' as const,
    args: {axis},
    x: twelve,
    y: [
      [
        [-1.4635992, -0.8781595, -0.29271984],
        [1.4635992, 0.8781595, 0.29271984],
      ],
      [
        [-0.1645762, 0.13166097, 1.909084],
        [-1.4482707, -0.46081337, 0.03291526],
      ],
    ],
    tolerance: 1e-5,
  })),
];

export const LAYERS: LayerExpectation[] = [...groups, ...masked, ...layerNorms];

/** `batchNorm` of the batch, and its statistics. */
export const TRAINING = [
  {
    source: TFJS_LAYERS,
    test: 'normalizeBatchInTraining, 2D, no broadcasting',
    axis: -1,
    x: [
      [1, 2, 3, 4],
      [2, 4, 6, 8],
      [12, 11, 10, 9],
    ],
    y: [
      [-0.805371, -0.9502233, -1.1624058, -1.3885813],
      [-0.6040282, -0.4319197, -0.11624074, 0.46286058],
      [1.4093992, 1.3821429, 1.2786462, 0.92572117],
    ],
    mean: [5, 5.6666665, 6.3333335, 7],
    variance: [24.666666, 14.888889, 8.222222, 4.6666665],
  },
  {
    source: TFJS_LAYERS,
    test: 'normalizeBatchInTraining, 3D, no broadcasting',
    axis: -1,
    x: [
      [
        [1, 2],
        [3, 4],
      ],
      [
        [2, 4],
        [6, 8],
      ],
      [
        [12, 11],
        [10, 9],
      ],
    ],
    y: [
      [
        [-1.1355163, -1.3552775],
        [-0.6488664, -0.7297648],
      ],
      [
        [-0.8921913, -0.7297648],
        [0.08110833, 0.5212605],
      ],
      [
        [1.5410578, 1.4595294],
        [1.0544081, 0.8340168],
      ],
    ],
    mean: [5.6666665, 6.3333335],
    variance: [16.88889, 10.222222],
  },
];

/** The same, with two axes of features: a layer's, since the op takes one. */
export const TRAINING_BY_LAYER = [
  {
    source: TFJS_LAYERS,
    test: 'normalizeBatchInTraining, 3D, broadcasting',
    x: [
      [
        [1, 2],
        [3, 4],
      ],
      [
        [2, 4],
        [6, 8],
      ],
      [
        [12, 11],
        [10, 9],
      ],
    ],
    y: [
      [
        [-0.805371, -0.9502233],
        [-1.1624058, -1.3885813],
      ],
      [
        [-0.6040282, -0.4319197],
        [-0.11624074, 0.46286058],
      ],
      [
        [1.4093992, 1.3821429],
        [1.2786462, 0.92572117],
      ],
    ],
    mean: [
      [5, 5.6666665],
      [6.3333335, 7],
    ],
    variance: [
      [24.666666, 14.888889],
      [8.222222, 4.6666665],
    ],
  },
];

/** `batchNormInference` without epsilon. */
export const INFERENCE = [
  {
    source: TFJS_LAYERS,
    test: 'batchNormalization, 2D, broadcast, gamma, beta',
    x: [
      [10, 20],
      [30, 40],
    ],
    mean: [2, 5],
    variance: [1, 4],
    gamma: [3, 4],
    beta: [-1, -2],
    y: [
      [23, 28],
      [83, 68],
    ],
  },
  {
    source: TFJS_LAYERS,
    test: 'batchNormalization, 3D, broadcast, gamma, beta',
    x: [
      [
        [10, 20],
        [30, 40],
      ],
      [
        [10, 20],
        [30, 40],
      ],
    ],
    mean: [5, 5],
    variance: [4, 16],
    gamma: [2, 4],
    beta: [-1, -2],
    y: [
      [
        [4, 13],
        [24, 33],
      ],
      [
        [4, 13],
        [24, 33],
      ],
    ],
  },
];

/** Its gradients, where the gradient of `y` is -1 everywhere. */
export const INFERENCE_GRADIENTS = [
  {
    source: TFJS_CORE,
    test: 'simple batchnorm4D gradients, 2x1x1x2',
    x: [[[[2, 4]]], [[[9, 23]]]],
    mean: [1, 2],
    variance: [2, 3],
    gamma: [2, 5],
    beta: [3, 4],
    epsilon: 1e-3,
    gradients: {
      x: [[[[-1.414, -2.887]]], [[[-1.414, -2.887]]]],
      mean: [2.828, 5.773],
      variance: [3.18, 11.06],
      gamma: [-6.362, -13.277],
      beta: [-2, -2],
    },
  },
];
