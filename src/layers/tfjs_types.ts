/** Types that tfjs-layers uses in public signatures but does not export by name. */
import type {constraints, initializers, layers, regularizers} from '@tensorflow/tfjs-layers';

/** The options of every layer of tf.layers: `name`, `trainable`, `inputShape` and so on. */
export type LayerArgs = NonNullable<ConstructorParameters<typeof layers.Layer>[0]>;
/** The arguments that tf.layers hand a layer's call beside the inputs, such as `training` and `mask`. */
export type Kwargs = Parameters<layers.Layer['call']>[1];
/** An initializer of `tf.initializers`. */
export type Initializer = ReturnType<typeof initializers.zeros>;
/** A regularizer of `tf.regularizers`. */
export type Regularizer = ReturnType<typeof regularizers.l1>;
/** A constraint of `tf.constraints`. */
export type Constraint = ReturnType<typeof constraints.nonNeg>;

type TfjsArgs = Required<NonNullable<Parameters<typeof layers.batchNormalization>[0]>>;
/** An initializer of `tf.initializers`, or its name in any case, such as 'zeros'. */
export type InitializerIdentifier = TfjsArgs['gammaInitializer'];
/** A regularizer of `tf.regularizers`, or its name in any case, such as 'l2'. */
export type RegularizerIdentifier = TfjsArgs['gammaRegularizer'];
/** A constraint of `tf.constraints`, or its name in any case, such as 'nonNeg'. */
export type ConstraintIdentifier = TfjsArgs['gammaConstraint'];
