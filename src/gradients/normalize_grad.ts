import * as tf from '@tensorflow/tfjs-core';
import {
  asAttrMap,
  type ForwardAttrs,
  FusedNormalize,
  FusedNormalizeGrad,
  type NormalizeAttrs,
} from '../kernels/contract.js';
import {keptByLatest, keptInputs} from '../kernels/kept.js';
import {normalizeGradReference} from '../reference.js';
import {summed} from '../reference_affine.js';
import {residualGrads} from './residual_grad.js';

type Tensors = Readonly<Record<string, tf.Tensor>>;
type Grads = Record<string, () => tf.Tensor>;

/** The gradient of every normalization op. Saves inputs and statistics, never `y`. */
export const normalizeGradConfig: tf.GradConfig = {
  kernelName: FusedNormalize,
  get inputsToSave() {
    return keptByLatest().inputs;
  },
  get outputsToSave() {
    return keptByLatest().outputs;
  },
  gradFunc: (dys, saved, attrMap) => {
    const attrs = attrMap as unknown as ForwardAttrs;
    const {alpha = null} = attrs;
    const kept = named(saved, attrs);
    if (alpha == null) return normalizedGrads(dys as tf.Tensor[], kept, attrs);
    const [dy, dstats, dsum, ...dmoments] = dys as tf.Tensor[];
    const {x, residual, gate} = kept;
    const isNested = tf.engine().state.gradientDepth > 0;
    if (isNested && residual == null) {
      throw new Error('A sum must be normalized within the gradient that is differentiated again.');
    }
    // See normalizedGrads: not the saved output.
    const sum = isNested ? summed(x, {residual, gate, alpha}, attrs.view) : kept['sum'];
    const others = {...kept, x: sum};
    const {x: dtotal, ...grads} = normalizedGrads([dy, dstats, ...dmoments], others, attrs, dsum);
    return {...grads, ...residualGrads(dtotal(), x, gate, alpha, attrs.view)};
  },
};

/** The saved tensors by their names. */
function named(saved: tf.Tensor[], attrs: ForwardAttrs): Tensors {
  const outputs = attrs.alpha == null ? ['stats'] : ['stats', 'sum'];
  const names = [false, true]
    .map(isNested => [...keptInputs(attrs, isNested), ...outputs])
    .find(({length}) => length === saved.length)!;
  return Object.fromEntries(names.map((name, i) => [name, saved[i]]));
}

/** The kernels give flat gradients. */
const inShape = (gradient: tf.Tensor, {shape}: tf.Tensor): tf.Tensor =>
  tf.util.arraysEqual(gradient.shape, shape) ? gradient : tf.reshape(gradient, shape);

/** The gradients of what is normalized, and of gamma and beta. */
function normalizedGrads(
  [dy, , dmean, dspread]: tf.Tensor[],
  {x, gamma, beta, stats}: Tensors,
  {momentsShape, momentum, ...others}: ForwardAttrs,
  dsum: tf.Tensor | null = null,
): Grads {
  const {view, statistic, epsilon, gammaOffset, activation} = others;
  const attrs: NormalizeAttrs = {view, statistic, epsilon, gammaOffset, activation};
  const dmoments = momentsShape == null || momentum !== 0 ? null : {dmean, dspread};

  // A gradient that is itself differentiated must be made of ops that have gradients, and may
  // not use a saved output: tfjs takes that for a constant (tensorflow/tfjs#3252).
  if (tf.engine().state.gradientDepth > 0) {
    const grads = normalizeGradReference(dy, x, {gamma, beta}, dmoments, attrs);
    return {
      x: () => (dsum == null ? grads.x() : tf.add(grads.x(), dsum)),
      gamma: () => inShape(grads.gamma(), gamma),
      beta: () => inShape(grads.beta(), beta),
    };
  }
  const inputs = {
    ...{dy, x, gamma, stats, ...dmoments},
    ...(activation && {beta}),
    ...(dsum && {dsum}),
  };
  const run = (wanted: {dx: boolean; dparams: boolean}) =>
    tf
      .engine()
      .runKernel<tf.Tensor[]>(FusedNormalizeGrad, inputs, asAttrMap({...attrs, ...{wanted}}));
  // All at once: tfjs does not say which gradients it will ask for, and each of the functions
  // below has a tidy of its own, so that none can leave a result for the next. Only the
  // gradients of parameters that the view does not have are hardly ever asked for, and wait.
  const hasParams = view.some(axis => axis.param);
  const [dx, dgamma, dbeta] = run({dx: true, dparams: hasParams});
  const waiting = () => run({dx: false, dparams: true});
  return {
    x: () => dx,
    gamma: () => inShape(dgamma ?? waiting()[0], gamma),
    beta: () => inShape(dbeta ?? waiting()[1], beta),
  };
}
