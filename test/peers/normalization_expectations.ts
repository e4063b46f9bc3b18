/** What tf-keras's and Keras 3's tests of the preprocessing layer `Normalization` expect. */
import type * as tfn from '../../src/index.js';

const KERAS2 = 'tf-keras, tf_keras/layers/preprocessing/normalization_test.py';
const KERAS3 = 'Keras 3, keras/src/layers/preprocessing/normalization_test.py';

type Expectation = {
  source: string;
  test: string;
  args: tfn.NormalizationArgs;
  adapt?: number[][] | number[][][];
  x: unknown;
  isInteger?: boolean;
  y: unknown;
};

const five = [[1], [2], [3], [4], [5]];
const three = [[1], [2], [3]];
const threeNormalized = [[-1.414214], [-0.707107], [0]];
const counting = [
  [
    [1, 2, 3],
    [2, 3, 4],
  ],
  [
    [3, 4, 5],
    [4, 5, 6],
  ],
];
const zeros = Array.from({length: 3}, () => [0, 0, 0, 0]);

const computation: Expectation[] = [
  {test: '2d_single_element', args: {axis: -1}, adapt: five, x: three, y: threeNormalized},
  {
    test: '2d_int_data',
    args: {axis: -1},
    adapt: five,
    x: three,
    isInteger: true,
    y: threeNormalized,
  },
  {
    test: '2d_single_element_none_axis',
    args: {axis: null},
    adapt: five,
    x: three,
    y: threeNormalized,
  },
  {
    test: '2d_single_element_none_axis_flat_data',
    args: {axis: null},
    adapt: [[1, 2, 3, 4, 5]],
    x: three,
    y: threeNormalized,
  },
  {
    test: '3d_internal_axis',
    args: {axis: 1},
    adapt: counting,
    x: counting,
    y: [
      [
        [-1.549193, -0.774597, 0],
        [-1.549193, -0.774597, 0],
      ],
      [
        [0, 0.774597, 1.549193],
        [0, 0.774597, 1.549193],
      ],
    ],
  },
  {
    test: '3d_multiple_axis',
    args: {axis: [1, 2]},
    adapt: [
      [
        [1, 0, 3],
        [2, 3, 4],
      ],
      [
        [3, -1, 5],
        [4, 5, 8],
      ],
    ],
    x: [
      [
        [3, 1, -1],
        [2, 5, 4],
      ],
      [
        [3, 0, 5],
        [2, 5, 8],
      ],
    ],
    y: [
      [
        [1, 3, -5],
        [-1, 1, -1],
      ],
      [
        [1, 1, 1],
        [-1, 1, 1],
      ],
    ],
  },
  {test: 'zero_variance', args: {axis: -1}, adapt: zeros, x: zeros, y: zeros},
].map(row => ({...row, source: KERAS2, test: `test_layer_computation, ${row.test}`}));

const permuted = [
  [
    [0, 1, 2],
    [0, 2, 6],
  ],
  [
    [2, 3, 4],
    [3, 6, 10],
  ],
];
const signs = permuted.map((rows, i) => rows.map(row => row.map(() => 2 * i - 1)));
const permutations: Expectation[] = [
  [1, 2],
  [2, 1],
  [1, -1],
  [-1, 1],
].map(axis => ({
  source: KERAS2,
  test: `test_axis_permutations, ${axis.join()}`,
  args: {axis},
  adapt: permuted,
  x: permuted,
  y: signs,
}));

const ofWidth = [1, 2, 3, 4, 5];
/** Zeros of [2, `height`, 5, 3]. */
const images = (height: number, value = (_: number) => 0) =>
  Array.from({length: 2}, () =>
    Array.from({length: height}, () => ofWidth.map(w => [value(w), value(w), value(w)])),
  );

export const NORMALIZATIONS: Expectation[] = [
  ...computation,
  ...permutations,
  {
    source: KERAS2,
    test: 'test_layer_api_compatibility',
    args: {axis: -1},
    adapt: [
      [1, 2, 1],
      [2, 3, 4],
      [1, 2, 1],
      [2, 3, 4],
    ],
    x: [
      [3, 1, 2],
      [6, 5, 4],
    ],
    y: [
      [3, -3, -0.33333333],
      [9, 5, 1],
    ],
  },
  {
    source: KERAS2,
    test: 'test_broadcasting_during_direct_setting',
    args: {axis: -1, mean: [1], variance: [1]},
    x: [[1, 2]],
    y: [[0, 1]],
  },
  {
    source: KERAS2,
    test: 'test_1d_data',
    args: {mean: 1, variance: 1},
    x: [0, 2, 0, 2],
    y: [-1, 1, -1, 1],
  },
  {
    source: KERAS2,
    test: 'test_invert, the way back',
    args: {mean: 2, variance: 4, invert: true},
    x: [-1, 1, -1, 1],
    y: [0, 4, 0, 4],
  },
  {
    source: KERAS2,
    test: 'test_invert_adapt, the way back',
    args: {axis: -1, invert: true},
    adapt: [[0], [4], [0], [4]],
    x: [[-1], [1], [-1], [1]],
    y: [[0], [4], [0], [4]],
  },
  {
    source: KERAS3,
    test: 'test_broadcast_non_scalar_middle_axis',
    args: {axis: 2, mean: ofWidth, variance: [1, 1, 1, 1, 1]},
    x: images(4),
    y: images(4, w => -w),
  },
  {
    source: KERAS3,
    test: 'test_broadcast_partial_keep_axis',
    args: {axis: [1, 2], mean: ofWidth, variance: [1, 1, 1, 1, 1]},
    x: images(7),
    y: images(7, w => -w),
  },
  {
    source: KERAS3,
    test: 'test_scalar_broadcast',
    args: {axis: -1, mean: 5, variance: 1},
    x: Array.from({length: 3}, () => Array<number>(7).fill(0)),
    y: Array.from({length: 3}, () => Array<number>(7).fill(-5)),
  },
];
