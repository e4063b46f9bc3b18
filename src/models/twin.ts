import type {LayerVariable, Shape} from '@tensorflow/tfjs-layers';
import type {AffineLayerArgs} from '../layers/affine_layer.js';
import type {BatchNormalizationArgs} from '../layers/batch_normalization.js';
import {KerasBatchNormalization, KerasLayerNormalization} from '../layers/keras_named.js';
import type {LayerNormalizationArgs} from '../layers/layer_normalization.js';
import type {NormalizationLayer} from '../layers/normalization_layer.js';
import type {Layer} from './graph.js';

type Variables = Record<'gamma' | 'beta' | 'movingMean' | 'movingVariance', LayerVariable | null>;

/** The values that tfjs's layers keep under the names of their arguments. */
type Norm = Layer &
  Variables &
  Required<Pick<AffineLayerArgs, 'epsilon' | 'center' | 'scale'>> &
  AffineLayerArgs;
export type TfjsBatchNorm = Norm & Required<Pick<BatchNormalizationArgs, 'axis' | 'momentum'>>;
export type TfjsLayerNorm = Norm & Required<Pick<LayerNormalizationArgs, 'axis'>>;

/** Our batch normalization on the variables of tfjs's. */
export function batchNormOn(norm: TfjsBatchNorm, shape: Shape): Layer {
  const {axis, momentum, movingMeanInitializer, movingVarianceInitializer} =
    norm as BatchNormalizationArgs;
  const own = {axis, momentum, movingMeanInitializer, movingVarianceInitializer};
  return sharing(new KerasBatchNormalization({...argsOf(norm), ...own}), norm, shape);
}

/** Our layer normalization on the variables of tfjs's. */
export function layerNormOn(norm: TfjsLayerNorm, shape: Shape): Layer {
  return sharing(new KerasLayerNormalization({...argsOf(norm), axis: norm.axis}), norm, shape);
}

function argsOf(norm: Norm): AffineLayerArgs {
  const {name, trainable, dtype, batchInputShape, epsilon, center, scale} = norm;
  const {betaInitializer, betaRegularizer, betaConstraint} = norm;
  const {gammaInitializer, gammaRegularizer, gammaConstraint} = norm;
  return {
    name,
    trainable,
    ...(batchInputShape == null ? {} : {batchInputShape, dtype}),
    epsilon,
    center,
    scale,
    betaInitializer,
    betaRegularizer,
    betaConstraint,
    gammaInitializer,
    gammaRegularizer,
    gammaConstraint,
  };
}

function sharing(twin: NormalizationLayer, norm: Norm, shape: Shape): Layer {
  const {gamma, beta, movingMean, movingVariance} = norm;
  const weights = {gamma, beta, moving_mean: movingMean, moving_variance: movingVariance};
  twin.buildOn(weights as Record<string, LayerVariable>, shape);
  shareUse(twin, norm);
  return twin;
}

/** Freezes the twin with the layer, and counts it among the users of the variables. */
export function shareUse(twin: Layer, layer: Layer): void {
  for (const key of ['trainable_', '_refCount'] as const) {
    const shared = layer as unknown as Record<string, unknown>;
    Object.defineProperty(twin, key, {
      get: () => shared[key],
      set: (value: unknown) => (shared[key] = value),
    });
  }
}
