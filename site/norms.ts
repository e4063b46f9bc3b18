/** The norms that the site shows: their names, formulas and ops. Pictures and numbers follow from them. */
import * as tf from '@tensorflow/tfjs-core';
import type {NormalizeAttrs} from '../src/kernels/contract.js';
import * as tfn from '../src/ops/index.js';
import type {Labels} from './client/cube.js';
import {
  ALPHA,
  DYNAMIC_ERF,
  DYNAMIC_TANH,
  GLOBAL_RESPONSE,
  LOCAL_RESPONSE,
  RADIUS,
  type Reference,
} from './special_norms.js';

/** How an op is called: with parameters of the channels, whose axis is `axis`. */
type Call = {
  x: tf.Tensor;
  gamma?: tf.Tensor;
  beta?: tf.Tensor;
  axis: number;
  groups: number;
};

export type Norm = {
  id: string;
  title: string;
  /** LaTeX: the formula, and below it what its letters stand for. */
  formula: string;
  /** Says which of gamma and beta it has. */
  params: ReadonlyArray<'gamma' | 'beta'>;
  /** The shape of gamma and beta, if it is not that of the channels. */
  paramShape?: (shape: readonly number[], axis: number) => number[];
  call: (call: Call) => tf.Tensor;
  /** tfjs's layer of the same norm. */
  layer?: 'batchNormalization' | 'layerNormalization';
  /** The facts about a norm that is no view and statistic. */
  special?: Reference;
  /** Whether its channels must be the last axis. */
  lastOnly?: boolean;
  /** The names of the axes of its picture. */
  labels?: Labels;
};

const BOTH = ['gamma', 'beta'] as const;
const STANDARD = String.raw`y = \gamma\,\frac{x - \mu}{\sqrt{\sigma^2 + \varepsilon}} + \beta`;
const EPSILON = 1e-3;
const KERNEL: Labels = {batch: 'kernel', channels: 'outputs', positions: 'inputs'};

const positionsOf = (x: tf.Tensor, axis: number) =>
  x.shape.map((_, i) => i).filter(i => i !== 0 && i !== (axis + x.rank) % x.rank);

export const NORMS: readonly Norm[] = [
  {
    id: 'batch',
    title: 'Batch norm',
    formula: String.raw`${STANDARD} \\ \mu_c, \sigma^2_c \text{ over } n, p`,
    params: BOTH,
    call: ({x, gamma, beta, axis}) => tfn.batchNorm(x, {gamma, beta, axis, epsilon: EPSILON}).y,
    layer: 'batchNormalization',
  },
  {
    id: 'layer',
    title: 'Layer norm',
    formula: String.raw`${STANDARD} \\ \mu_{np}, \sigma^2_{np} \text{ over } c`,
    params: BOTH,
    call: ({x, gamma, beta, axis}) => tfn.layerNorm(x, {gamma, beta, axis, epsilon: EPSILON}),
    layer: 'layerNormalization',
  },
  {
    id: 'l1',
    title: 'L1 norm',
    formula: String.raw`y = \frac{x}{\max(\sum_c |x_c|,\ \varepsilon)}`,
    params: [],
    call: ({x, axis}) => tfn.l1Normalize(x, {axis}),
  },
  {
    id: 'l2',
    title: 'L2 norm',
    formula: String.raw`y = \frac{x}{\max(\sqrt{\sum_c x_c^2},\ \varepsilon)}`,
    params: [],
    call: ({x, axis}) => tfn.l2Normalize(x, {axis}),
  },
  {
    id: 'group',
    title: 'Group norm',
    formula: String.raw`${STANDARD} \\ \mu_{ng}, \sigma^2_{ng} \text{ over } p \text{ and the } c \in g`,
    params: BOTH,
    call: ({x, gamma, beta, axis, groups}) =>
      tfn.groupNorm(x, {gamma, beta, axis, groups, epsilon: EPSILON}),
  },
  {
    id: 'instance',
    title: 'Instance norm',
    formula: String.raw`${STANDARD} \\ \mu_{nc}, \sigma^2_{nc} \text{ over } p`,
    params: BOTH,
    call: ({x, gamma, beta, axis}) => tfn.instanceNorm(x, {gamma, beta, axis, epsilon: EPSILON}),
  },
  {
    id: 'rms',
    title: 'RMS norm',
    formula: String.raw`y = \gamma\,\frac{x}{\sqrt{\operatorname{mean}_c(x^2) + \varepsilon}}`,
    params: ['gamma'],
    call: ({x, gamma, axis}) => tfn.rmsNorm(x, {gamma, axis, epsilon: 1e-6}),
  },
  {
    id: 'frn',
    title: 'Filter response norm',
    formula: String.raw`y = \gamma\,\frac{x}{\sqrt{\operatorname{mean}_p(x^2) + \varepsilon}} + \beta`,
    params: BOTH,
    call: ({x, gamma, beta, axis}) =>
      tfn.filterResponseNorm(x, {gamma, beta, axis: positionsOf(x, axis)}),
  },
  {
    id: 'adaptive',
    title: 'Adaptive layer norm',
    formula: String.raw`y = \gamma_n\,\frac{x - \mu}{\sqrt{\sigma^2 + \varepsilon}} + \beta_n \\ \mu_{np}, \sigma^2_{np} \text{ over } c; \quad \gamma_n, \beta_n \text{ of the condition}`,
    params: BOTH,
    paramShape: (shape, axis) => shape.map((size, i) => (i === 0 || i === axis ? size : 1)),
    call: ({x, gamma, beta, axis}) => tfn.layerNorm(x, {gamma, beta, axis, epsilon: EPSILON}),
  },
  {
    id: 'power',
    title: 'Power norm',
    formula: String.raw`y = \gamma\,\frac{x}{\sqrt{\varphi_c + \varepsilon}} + \beta \\ \varphi_c \leftarrow \alpha\,\varphi_c + (1 - \alpha)\operatorname{mean}_{n,p}(x^2)`,
    params: BOTH,
    call: ({x, gamma, beta, axis}) => {
      // In its first step, whose statistic is the batch's own.
      const state = tfn.powerNormState(x.shape[axis]);
      const exact = {training: true, groups: 0, backwardMode: 'exact'} as const;
      const y = tfn.powerNorm(x, state, {gamma, beta, axis, ...exact});
      tf.dispose(Object.values(state));
      return y;
    },
  },
  {
    id: 'grn',
    title: 'Global response norm',
    formula: String.raw`y = \gamma\,x\,\frac{g_{nc}}{\operatorname{mean}_c(g) + \varepsilon} + \beta + x \\ g_{nc} = \sqrt{\textstyle\sum_p x^2}`,
    params: BOTH,
    call: ({x, gamma, beta, axis}) => tfn.globalResponseNorm(x, {gamma, beta, axis}),
    special: GLOBAL_RESPONSE,
  },
  {
    id: 'lrn',
    title: 'Local response norm',
    formula: String.raw`y_c = \frac{x_c}{\bigl(k + \alpha \sum_{c' = c - r}^{c + r} x_{c'}^2\bigr)^\beta}`,
    params: [],
    call: ({x}) => tfn.localResponseNorm(x, {depthRadius: RADIUS}),
    special: LOCAL_RESPONSE,
    lastOnly: true,
  },
  {
    id: 'dyt',
    title: 'Dynamic tanh',
    formula: String.raw`y = \gamma \tanh(\alpha x) + \beta`,
    params: BOTH,
    call: ({x, gamma, beta, axis}) => tfn.dynamicTanh(x, {gamma, beta, axis, alpha: [ALPHA]}),
    special: DYNAMIC_TANH,
  },
  {
    id: 'derf',
    title: 'Dynamic erf',
    formula: String.raw`y = \gamma \operatorname{erf}(\alpha x + s) + \beta`,
    params: BOTH,
    call: ({x, gamma, beta, axis}) => tfn.dynamicErf(x, {gamma, beta, axis, alpha: [ALPHA]}),
    special: DYNAMIC_ERF,
  },
  {
    id: 'standardization',
    title: 'Weight standardization',
    formula: String.raw`\hat W = \frac{W - \mu_o}{\sqrt{\sigma_o^2 + \varepsilon}} \\ \mu_o, \sigma^2_o \text{ of each output's weights}`,
    params: [],
    call: ({x, axis}) => tfn.standardizeWeights(x, {axis}),
    labels: KERNEL,
  },
];

const others = (x: tf.Tensor, axis: number) =>
  x.shape.map((_, i) => i).filter(i => i !== (axis + x.rank) % x.rank);

/** Layers that have no op: their groups are those of the given calls. */
const LAYERS: readonly Norm[] = [
  {
    id: 'weight',
    title: 'Weight norm',
    formula: String.raw`W = \gamma_o\,\frac{V}{\lVert V_o \rVert} \\ \lVert V_o \rVert \text{: the length of an output's weights}`,
    params: [],
    call: ({x, axis}) => tfn.l2Normalize(x, {axis: others(x, axis)}),
    labels: KERNEL,
  },
  {
    id: 'spectral',
    title: 'Spectral norm',
    formula: String.raw`\hat W = \frac{W}{\sigma(W)} \\ \sigma(W) \text{: the largest singular value}`,
    params: [],
    call: ({x}) => tfn.l2Normalize(x, {axis: x.shape.map((_, i) => i)}),
    labels: KERNEL,
  },
  {
    id: 'normalization',
    title: 'Normalization',
    formula: String.raw`y = \frac{x - \mu_c}{\max(\sigma_c,\ \varepsilon)} \\ \mu_c, \sigma_c \text{ of the data that \texttt{adapt} saw}`,
    params: [],
    call: ({x, axis}) => tfn.batchNorm(x, {axis}).y,
    labels: {batch: 'data', channels: 'features', positions: 'positions'},
  },
];

/** The norms that have a picture. */
export const PICTURED: readonly Norm[] = [...NORMS, ...LAYERS];

export const normOf = (id: string): Norm => NORMS.find(norm => norm.id === id)!;

/** The attributes that the op of a norm hands to its kernel: the view, the statistic and epsilon. */
export function attrsOf(call: () => tf.Tensor): NormalizeAttrs {
  const engine = tf.engine();
  const runKernel = engine.runKernel.bind(engine);
  let attrs: NormalizeAttrs | null = null;
  engine.runKernel = (name, inputs, given) => {
    if (name === 'FusedNormalize') attrs = given as unknown as NormalizeAttrs;
    return runKernel(name, inputs, given);
  };
  try {
    tf.tidy(() => {
      call();
    });
  } finally {
    delete (engine as Partial<typeof engine>).runKernel;
  }
  if (attrs == null) throw new Error('The op ran no kernel.');
  return attrs;
}
