/** Models of every structure that tf.layers have, around batch and layer normalization. */
import * as tf from '@tensorflow/tfjs';
import {normal} from '../models.js';
import {random} from '../random.js';

/** A layer that cannot be made from its config, as programs write for themselves. */
export class Lambda extends tf.layers.Layer {
  static readonly className = 'Lambda';
  /** The part that no copy of its properties has. */
  #calls = 0;

  constructor(
    private readonly f: (x: tf.Tensor) => tf.Tensor,
    name: string,
  ) {
    super({name});
    this.supportsMasking = true;
  }

  override call(inputs: tf.Tensor | tf.Tensor[]): tf.Tensor {
    this.#calls++;
    return this.f([inputs].flat()[0]);
  }

  get calls(): number {
    return this.#calls;
  }
}

/** A layer of a program that normalizes with a layer of tfjs that it holds. */
export class Block extends tf.layers.Layer {
  static readonly className = 'Block';
  readonly norm = tf.layers.layerNormalization({name: 'held'});

  override call(inputs: tf.Tensor | tf.Tensor[]): tf.Tensor {
    return this.norm.apply([inputs].flat()[0]) as tf.Tensor;
  }
}

/** Gives every weight values that are its own, the same in each run; variances stay above 0. */
export function fillWeights<Model extends tf.LayersModel>(model: Model): Model {
  model.weights.forEach((weight, i) => {
    const value = tf.tidy(() => {
      const values = tf.tensor(
        random(tf.util.sizeFromShape(weight.shape as number[]), i + 1),
        weight.shape as number[],
      );
      return /variance|gamma/.test(weight.name) ? tf.add(tf.abs(values), 0.5) : tf.mul(values, 0.5);
    });
    weight.write(value);
    value.dispose();
  });
  return model;
}

type Example = {
  model: () => tf.LayersModel;
  /** The inputs. */
  x: () => tf.Tensor | tf.Tensor[];
  /** The names of the norms that can be replaced. */
  norms: string[];
};

const {layers} = tf;
const images = () => normal([2, 6, 6, 3], 3);
const sequences = () => normal([2, 5, 4], 4);

export const MODELS: Record<string, Example> = {
  'sequential, a norm first': {
    model: () =>
      tf.sequential({
        name: 'chain',
        layers: [
          layers.batchNormalization({name: 'b1', inputShape: [6, 6, 3], scale: false}),
          layers.conv2d({name: 'c1', filters: 4, kernelSize: 3, activation: 'relu'}),
          layers.batchNormalization({name: 'b2', epsilon: 0.1, center: false}),
          layers.flatten({name: 'f'}),
          layers.layerNormalization({name: 'l1', epsilon: 1e-5}),
          layers.dense({name: 'd', units: 2}),
        ],
      }),
    x: images,
    norms: ['b1', 'b2', 'l1'],
  },
  'two inputs and outputs, a shared norm, a shared model': {
    model: () => {
      const [a, b] = ['a', 'b'].map(name => tf.input({shape: [4], name}));
      const shared = layers.batchNormalization({name: 'shared'});
      const inner = tf.sequential({
        name: 'inner',
        layers: [
          layers.dense({name: 'in', units: 4, inputShape: [4]}),
          layers.layerNormalization({name: 'inNorm'}),
        ],
      });
      const [x, y] = [a, b].map(each => inner.apply(shared.apply(each)) as tf.SymbolicTensor);
      const sum = layers.add({name: 'sum'}).apply([x, y]) as tf.SymbolicTensor;
      const norm = layers.layerNormalization({name: 'top', scale: false, center: false});
      const both = layers.concatenate({name: 'both'}).apply([sum, a]) as tf.SymbolicTensor;
      return tf.model({
        inputs: [a, b],
        outputs: [norm.apply(sum) as tf.SymbolicTensor, both],
        name: 'net',
      });
    },
    x: () => [normal([3, 4], 1), normal([3, 4], 2)],
    norms: ['shared', 'inNorm', 'top'],
  },
  masks: {
    model: () =>
      tf.sequential({
        layers: [
          layers.embedding({name: 'e', inputDim: 7, outputDim: 4, maskZero: true, inputLength: 5}),
          layers.layerNormalization({name: 'l'}),
          layers.batchNormalization({name: 'b'}),
          layers.lstm({name: 'r', units: 3}),
        ],
      }),
    x: () =>
      tf.tensor(
        [
          [1, 2, 3, 0, 0],
          [4, 5, 6, 1, 0],
        ],
        [2, 5],
        'int32',
      ),
    norms: ['l', 'b'],
  },
  'a norm and a model in TimeDistributed': {
    model: () => {
      const inner = tf.sequential({
        name: 'inner',
        layers: [
          layers.dense({name: 'in', units: 3, inputShape: [4]}),
          layers.batchNormalization({name: 'inNorm'}),
        ],
      });
      return tf.sequential({
        layers: [
          layers.timeDistributed({
            name: 't1',
            layer: layers.batchNormalization({name: 'b'}),
            inputShape: [5, 4],
          }),
          layers.timeDistributed({name: 't2', layer: inner}),
          layers.timeDistributed({name: 't3', layer: layers.dense({name: 'd', units: 2})}),
        ],
      });
    },
    x: sequences,
    norms: ['b', 'inNorm'],
  },
  'recurrent layers with initial states': {
    model: () => {
      const x = tf.input({shape: [5, 4], name: 'x'});
      const rnn = layers.lstm({
        name: 'encoder',
        units: 3,
        returnState: true,
        returnSequences: true,
      });
      const [y, h, c] = rnn.apply(x) as tf.SymbolicTensor[];
      const norm = layers.layerNormalization({name: 'l'}).apply(y) as tf.SymbolicTensor;
      const decoder = layers.lstm({name: 'decoder', units: 3});
      const z = decoder.apply(norm, {initialState: [h, c]}) as tf.SymbolicTensor;
      const both = layers.bidirectional({
        name: 'both',
        layer: layers.gru({units: 2, returnSequences: true}) as tf.RNN,
        mergeMode: 'concat',
      });
      const w = layers.batchNormalization({name: 'b'}).apply(both.apply(norm));
      return tf.model({inputs: x, outputs: [z, w as tf.SymbolicTensor]});
    },
    x: sequences,
    norms: ['l', 'b'],
  },
  'layers of the program': {
    model: () =>
      tf.sequential({
        layers: [
          layers.dense({name: 'd', units: 4, inputShape: [4]}),
          new Lambda(tf.sin, 'sine'),
          layers.layerNormalization({name: 'l'}),
          new Lambda(tf.square, 'square'),
        ],
      }),
    x: () => normal([3, 4]),
    norms: ['l'],
  },
  'a model first in a sequential one': {
    model: () => {
      const x = tf.input({shape: [4], name: 'x'});
      const y = layers.batchNormalization({name: 'b'}).apply(x) as tf.SymbolicTensor;
      return tf.sequential({
        layers: [
          tf.model({inputs: x, outputs: y, name: 'inner'}),
          layers.dense({name: 'd', units: 2}),
        ],
      });
    },
    x: () => normal([3, 4]),
    norms: ['b'],
  },
  'on a layer within a sequential one, with an input layer': {
    model: () => {
      const base = tf.sequential({
        layers: [
          layers.inputLayer({name: 'in', inputShape: [4]}),
          layers.dense({name: 'd1', units: 4}),
          layers.batchNormalization({name: 'b'}),
          layers.dense({name: 'd2', units: 4}),
        ],
      });
      const tapped = base.layers[2].output as tf.SymbolicTensor;
      const y = layers.layerNormalization({name: 'l'}).apply(tapped) as tf.SymbolicTensor;
      return tf.model({inputs: base.inputs, outputs: [y, tapped]});
    },
    x: () => normal([3, 4]),
    norms: ['b', 'l'],
  },
};
