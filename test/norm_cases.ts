import type {Activation} from '../src/activation.js';
import {L1, L2, MOMENTS, RMS, type Statistic} from '../src/statistic.js';

/** One way to normalize; every kernel and gradient must agree with the reference on it. */
export type NormCase = {
  name: string;
  shape: number[];
  reduced: number[];
  params: number[];
  epsilon?: number;
  gammaOffset?: number;
  activation?: Activation;
  /** The names of the statistics; by default all of them. */
  statistics?: string[];
};

/** Each activation, with a statistic. */
const ACTIVATED = [
  ['relu', 'moments'],
  ['relu6', 'rms'],
  ['leakyRelu', 'l2'],
  ['silu', 'rms'],
  ['gelu', 'moments'],
  ['sigmoid', 'l1'],
  ['tanh', 'moments'],
] as const;

/** Each kind of loops of the `cpu` and `wasm` backends takes some of them (test/host/loops.test.ts). */
// prettier-ignore
export const NORM_CASES: NormCase[] = [
  {name: 'layer norm, last axis', shape: [9, 8, 11], reduced: [2], params: [2]},
  {name: 'layer norm, long rows', shape: [5, 131], reduced: [1], params: [1]},
  {name: 'layer norm, rows beyond one block', shape: [2, 1031], reduced: [1], params: [1]},
  {name: 'layer norm, two trailing axes', shape: [2, 3, 5, 7], reduced: [2, 3], params: [2, 3]},
  {name: 'layer norm, channels first', shape: [2, 5, 3, 4], reduced: [1], params: [1]},
  {name: 'layer norm, channels first, wide', shape: [2, 3, 17, 19], reduced: [1], params: [1]},
  {name: 'layer norm, middle axes', shape: [2, 3, 4, 5], reduced: [1, 2], params: [1, 2]},
  {name: 'layer norm, axes apart', shape: [2, 3, 4, 5], reduced: [1, 3], params: [1, 3]},
  {name: 'layer norm, axes apart, long', shape: [2, 3, 4, 67], reduced: [1, 3], params: [1, 3]},
  {name: 'layer norm, axes apart, the last one kept', shape: [5, 3, 4, 7], reduced: [0, 2], params: [0, 2]},
  {name: 'layer norm, all axes', shape: [3, 4], reduced: [0, 1], params: [0, 1]},
  {name: 'batch norm of rank 2', shape: [9, 5], reduced: [0], params: [1]},
  {name: 'batch norm, channels last', shape: [4, 6, 7, 5], reduced: [0, 1, 2], params: [3]},
  {name: 'batch norm, narrow', shape: [213, 3], reduced: [0], params: [1]},
  {name: 'batch norm, one channel', shape: [671, 1], reduced: [0], params: [1]},
  {name: 'batch norm, wide', shape: [5, 523], reduced: [0], params: [1]},
  {name: 'batch norm, channels first', shape: [4, 5, 3, 3], reduced: [0, 2, 3], params: [1]},
  {name: 'batch norm, channels first, large', shape: [3, 5, 7, 11], reduced: [0, 2, 3], params: [1]},
  {name: 'batch norm of rank 6', shape: [2, 3, 2, 2, 3, 5], reduced: [0, 1, 2, 3, 4], params: [5]},
  {name: 'batch norm over two feature axes', shape: [6, 3, 4], reduced: [0], params: [1, 2]},
  {name: 'group norm, channels last', shape: [2, 9, 5, 2, 4], reduced: [1, 2, 4], params: [3, 4]},
  {name: 'group norm, many groups', shape: [2, 5, 32, 11], reduced: [1, 3], params: [2, 3]},
  {name: 'group norm, channels first', shape: [2, 2, 4, 7, 7], reduced: [2, 3, 4], params: [1, 2]},
  {name: 'instance norm, channels last', shape: [2, 9, 8, 5], reduced: [1, 2], params: [3]},
  {name: 'instance norm, channels first', shape: [3, 5, 6, 7], reduced: [2, 3], params: [1]},
  {name: 'no parameters', shape: [4, 6], reduced: [1], params: []},
  {name: 'no parameters, first axis', shape: [103, 6], reduced: [0], params: []},
  {name: 'nothing reduced', shape: [4, 6], reduced: [], params: [1]},
  {name: 'a group of one element', shape: [4, 1], reduced: [1], params: [1]},
  {name: 'one element in all', shape: [1, 1], reduced: [1], params: [1]},
  {name: 'one group', shape: [3, 4], reduced: [0, 1], params: [1]},
  {name: 'group norm of vectors', shape: [7, 5, 6], reduced: [2], params: [1, 2]},
  {name: 'heads with weights each', shape: [3, 4, 5, 9], reduced: [3], params: [1, 3]},
  {name: 'rows of two', shape: [23, 2], reduced: [1], params: [1]},
  {name: 'a first axis with parameters', shape: [21, 6], reduced: [0], params: [0]},
  {name: 'rank 1', shape: [13], reduced: [0], params: [0]},
  {name: 'epsilon above every norm', shape: [4, 6], reduced: [1], params: [1], epsilon: 1e4},
  {name: 'parameters of each example', shape: [3, 4, 67], reduced: [2], params: [0, 2]},
  {name: 'parameters of each head', shape: [2, 9, 3, 16], reduced: [3], params: [2, 3]},
  {name: 'parameters of each example and channel', shape: [3, 41, 10], reduced: [1], params: [0, 2]},
  {name: 'parameters of each example, channels first', shape: [3, 10, 41], reduced: [2], params: [0, 1]},
  {name: 'batch norm, parameters of each example', shape: [5, 27, 7], reduced: [0, 1], params: [0, 2]},
  {name: 'group norm, parameters of each example', shape: [3, 11, 4, 6], reduced: [1, 3], params: [0, 2, 3]},
  {name: 'parameters of each element', shape: [3, 5, 6, 8], reduced: [1, 2], params: [0, 1, 2, 3]},
  {name: 'parameters of each position', shape: [4, 13, 12], reduced: [2], params: [1]},
  {name: 'gamma from 1', shape: [9, 8, 11], reduced: [2], params: [2], gammaOffset: 1},
  {name: 'gamma from 1, columns', shape: [213, 5], reduced: [0], params: [1], gammaOffset: 1},
  {name: 'gamma from 1, no parameters', shape: [40, 17], reduced: [1], params: [], gammaOffset: -0.5},
  ...ACTIVATED.map(([activation, statistic]) => ({
    name: activation,
    ...{shape: [9, 8, 11], reduced: [2], params: [2], activation, statistics: [statistic]},
  })),
  {name: 'silu of columns', ...{shape: [213, 5], reduced: [0], params: [1], gammaOffset: 1}, activation: 'silu',
    statistics: ['moments', 'l2']},
  {name: 'gelu of segments', ...{shape: [3, 5, 131], reduced: [2], params: [1], activation: 'gelu'},
    statistics: ['moments', 'rms']},
  {name: 'no epsilon', shape: [4, 6], reduced: [1], params: [1], epsilon: 0},
];

export const STATISTICS: Array<[string, Statistic]> = [
  ['moments', MOMENTS],
  ['rms', RMS],
  ['l2', L2],
  ['l1', L1],
];
