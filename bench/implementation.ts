import * as tf from '@tensorflow/tfjs';
import * as tfn from 'tfjs-normalization';

export type Param = 'gamma' | 'beta';
export type Data = Record<'x' | 'dy' | 'mean' | 'variance' | Param, tf.Tensor>;

/** One way to compute a normalization. */
export type Implementation = {
  name: string;
  kind: 'ours' | 'built-in' | 'composition';
  bind: (data: Data, params: readonly Param[]) => Bound;
};

/** An implementation that has its data. */
export type Bound = {
  normalize: () => tf.Tensor;
  /** What gradients are taken with respect to: x and the parameters. */
  inputs: tf.Tensor[];
  dispose: () => void;
};

/** Which pass is measured. */
export const PASSES = ['forward', 'forward + backward'] as const;
export type Pass = (typeof PASSES)[number];

/** Runs the pass: the result is y, or the gradients of the inputs. */
export const runPass = (pass: Pass, {normalize, inputs}: Bound, dy: tf.Tensor): tf.Tensor[] =>
  pass === 'forward' ? [tf.tidy(normalize)] : tf.grads(normalize)(inputs, dy);

const fromFunction =
  (kind: Implementation['kind']) =>
  (name: string, normalize: (data: Data) => tf.Tensor): Implementation => ({
    name,
    kind,
    bind: (data, params) => ({
      normalize: () => normalize(data),
      inputs: [data.x, ...params.map(param => data[param])],
      dispose: () => undefined,
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
  kind: Implementation['kind'],
  name: string,
  create: () => tf.layers.Layer,
  training: boolean,
): Implementation => ({
  name,
  kind,
  bind: ({x, gamma, beta, mean, variance}) => {
    const layer = create();
    layer.build(x.shape);
    layer.setWeights([gamma, beta, mean, variance].slice(0, layer.weights.length));
    return {
      normalize: () => layer.call(x, {training}) as tf.Tensor,
      inputs: [x, ...layer.trainableWeights.map(weight => weight.read())],
      dispose: () => layer.weights.forEach(weight => weight.dispose()),
    };
  },
});
