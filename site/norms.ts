/** The norms that the site shows: their names, formulas and ops. Pictures and numbers follow from them. */
import * as tf from '@tensorflow/tfjs-core';
import type {NormalizeAttrs} from '../src/kernels/contract.js';
import * as tfn from '../src/ops/index.js';

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
  /** LaTeX. */
  formula: string;
  /** Says which of gamma and beta it has. */
  params: ReadonlyArray<'gamma' | 'beta'>;
  call: (call: Call) => tf.Tensor;
  /** tfjs's layer of the same norm. */
  layer?: 'batchNormalization' | 'layerNormalization';
};

const BOTH = ['gamma', 'beta'] as const;
const STANDARD = String.raw`y = \gamma\,\frac{x - \mu}{\sqrt{\sigma^2 + \varepsilon}} + \beta`;
const EPSILON = 1e-3;

export const NORMS: readonly Norm[] = [
  {
    id: 'batch',
    title: 'Batch norm',
    formula: String.raw`${STANDARD}, \qquad \mu_c, \sigma^2_c \text{ over } n, p`,
    params: BOTH,
    call: ({x, gamma, beta, axis}) => tfn.batchNorm(x, {gamma, beta, axis, epsilon: EPSILON}).y,
    layer: 'batchNormalization',
  },
  {
    id: 'layer',
    title: 'Layer norm',
    formula: String.raw`${STANDARD}, \qquad \mu_{np}, \sigma^2_{np} \text{ over } c`,
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
    formula: String.raw`${STANDARD}, \qquad \mu_{ng}, \sigma^2_{ng} \text{ over } p \text{ and the } c \in g`,
    params: BOTH,
    call: ({x, gamma, beta, axis, groups}) =>
      tfn.groupNorm(x, {gamma, beta, axis, groups, epsilon: EPSILON}),
  },
  {
    id: 'instance',
    title: 'Instance norm',
    formula: String.raw`${STANDARD}, \qquad \mu_{nc}, \sigma^2_{nc} \text{ over } p`,
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
      tfn.filterResponseNorm(x, {
        gamma,
        beta,
        axis: x.shape.map((_, i) => i).filter(i => i !== 0 && i !== (axis + x.rank) % x.rank),
      }),
  },
];

/** PowerNorm in its warm-up; the playground has none, since its output depends on a running state. */
const POWER: Norm = {
  id: 'power',
  title: 'Power norm',
  formula: String.raw`y = \gamma\,\frac{x}{\sqrt{\varphi_c + \varepsilon}} + \beta, \qquad \varphi_c \leftarrow \alpha\,\varphi_c + (1 - \alpha)\operatorname{mean}_{n,p}(x^2)`,
  params: BOTH,
  call: ({x, axis}) => {
    const state = tfn.powerNormState(x.shape[axis]);
    return tfn.powerNorm(x, state, {axis, training: true, groups: 0});
  },
};

/** The norms whose groups have a picture. */
export const PICTURED: readonly Norm[] = [...NORMS, POWER];

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
