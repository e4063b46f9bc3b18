import * as tf from '@tensorflow/tfjs';
import * as tfn from 'tfjs-normalization';

export type Param = 'gamma' | 'beta';
export type Data = Record<'x' | 'dy' | 'mean' | 'variance' | Param, tf.Tensor>;

/** The passes that are measured. */
export const PASSES = ['forward', 'backward', 'forward + backward'] as const;
export type Pass = (typeof PASSES)[number];

export type Kind =
  | 'ours'
  | 'built-in'
  | 'TensorFlow op'
  | 'composition'
  | 'no native ops'
  | 'plain loops'
  | 'onnxruntime-node'
  | 'onnxruntime-web';

/** One way to compute a normalization. */
export type Implementation = {
  name: string;
  kind: Kind;
  bind: (data: Data, params: readonly Param[]) => Bound | Promise<Bound>;
};

/** An implementation that has its data. */
export type Bound = {
  passes: Passes;
  dispose?: () => void | Promise<void>;
};

/**
 * The passes that an implementation has. They return y, or the gradients of x and the parameters.
 */
export type Passes = Partial<Record<Pass, () => Values[] | Promise<Values[]>>>;
export type Values = tf.Tensor | Float32Array;

/** The passes of a function that tfjs differentiates. */
const passesOf = (normalize: () => tf.Tensor, inputs: tf.Tensor[], dy: tf.Tensor): Passes => ({
  forward: () => [tf.tidy(normalize)],
  'forward + backward': () => tf.grads(normalize)(inputs, dy),
});

const fromFunction =
  (kind: Kind) =>
  (name: string, normalize: (data: Data) => tf.Tensor): Implementation => ({
    name,
    kind,
    bind: (data, params) => ({
      passes: passesOf(
        () => normalize(data),
        [data.x, ...params.map(param => data[param])],
        data.dy,
      ),
    }),
  });

export const ours = fromFunction('ours');
export const composition = fromFunction('composition');

type LayerName = 'layerNormalization' | 'batchNormalization';

/** Our layer and tfjs's of the same name. */
export const layersOf = (name: LayerName, training: boolean): Implementation[] => [
  fromLayer('ours', `tfn.layers.${name}`, () => tfn.layers[name](), training),
  fromLayer('built-in', `tf.layers.${name}`, () => tf.layers[name](), training),
];

const fromLayer = (
  kind: Kind,
  name: string,
  create: () => tf.layers.Layer,
  training: boolean,
): Implementation => ({
  name,
  kind,
  bind: ({x, dy, gamma, beta, mean, variance}) => {
    const layer = create();
    layer.build(x.shape);
    layer.setWeights([gamma, beta, mean, variance].slice(0, layer.weights.length));
    const inputs = [x, ...layer.trainableWeights.map(weight => weight.read())];
    return {
      passes: passesOf(() => layer.call(x, {training}) as tf.Tensor, inputs, dy),
      dispose: () => layer.weights.forEach(weight => weight.dispose()),
    };
  },
});
