/** Types that tfjs-layers uses in public signatures but does not export by name. */
import type {constraints, initializers, layers, regularizers} from '@tensorflow/tfjs-layers';

export type LayerArgs = NonNullable<ConstructorParameters<typeof layers.Layer>[0]>;
export type Kwargs = Parameters<layers.Layer['call']>[1];
export type Initializer = ReturnType<typeof initializers.zeros>;
export type Regularizer = ReturnType<typeof regularizers.l1>;
export type Constraint = ReturnType<typeof constraints.nonNeg>;

type TfjsArgs = Required<NonNullable<Parameters<typeof layers.batchNormalization>[0]>>;
export type InitializerIdentifier = TfjsArgs['gammaInitializer'];
export type RegularizerIdentifier = TfjsArgs['gammaRegularizer'];
export type ConstraintIdentifier = TfjsArgs['gammaConstraint'];
