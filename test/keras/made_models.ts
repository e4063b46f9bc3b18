/** Models made here, of what Keras has too, for it to open, and those of Keras that it gets back. */
import * as tf from '@tensorflow/tfjs';
import * as tfn from '../../src/index.js';
import {MODELS} from '../golden/model_cases.js';
import {random} from '../random.js';

const {input, layers} = tf;

function convolutional(): tf.LayersModel {
  const model = tf.sequential({name: 'convolutional'});
  model.add(layers.conv2d({filters: 8, kernelSize: 3, useBias: false, inputShape: [6, 6, 3]}));
  model.add(tfn.layers.batchNormalization({momentum: 0.9, name: 'block/norm'}));
  model.add(layers.reLU());
  model.add(layers.depthwiseConv2d({kernelSize: 2, depthwiseRegularizer: 'l1l2'}));
  model.add(tfn.layers.batchNormalization({axis: 1, scale: false}));
  model.add(layers.leakyReLU({alpha: 0.2}));
  model.add(tfn.layers.groupNormalization({groups: 4, gammaRegularizer: 'l1l2'}));
  model.add(tfn.layers.instanceNormalization({axis: 2, center: false}));
  model.add(tfn.layers.layerNormalization({axis: [3, -3, 2], epsilon: 1e-5}));
  model.add(layers.globalAveragePooling2d({}));
  model.add(tfn.layers.l2Normalization());
  model.add(layers.dense({units: 3, activation: 'softmax', kernelConstraint: 'maxNorm'}));
  model.add(tfn.layers.normalization());
  return model;
}

function recurrent(): tf.LayersModel {
  const rules = {recurrentActivation: 'sigmoid', returnSequences: true} as const;
  const model = tf.sequential({name: 'recurrent'});
  model.add(tfn.layers.layerNormalization({center: false, inputShape: [5, 4]}));
  const layer = layers.lstm({units: 3, ...rules}) as tf.RNN;
  model.add(layers.bidirectional({layer, mergeMode: 'concat'}));
  model.add(layers.timeDistributed({layer: tfn.layers.layerNormalization()}));
  model.add(layers.gru({units: 3, ...rules}));
  model.add(tfn.layers.unitNormalization({axis: [1, 2]}));
  return model;
}

function branching(): tf.LayersModel {
  const [a, b] = ['a', 'b'].map(name => input({shape: [4], name}));
  const block = tf.sequential({name: 'block'});
  block.add(layers.dense({units: 4, inputShape: [4], name: 'inner'}));
  block.add(tfn.layers.batchNormalization());
  const shared = layers.dense({units: 4, activation: 'tanh'});
  const [p, q] = [a, b].map(x => block.apply(shared.apply(x)) as tf.SymbolicTensor);
  const total = layers.add().apply([p, q]) as tf.SymbolicTensor;
  const norm = tfn.layers.layerNormalization().apply(total) as tf.SymbolicTensor;
  return tf.model({inputs: [a, b], outputs: [norm, p], name: 'branching'});
}

function rms(): tf.LayersModel {
  const model = tf.sequential({name: 'rms'});
  model.add(tfn.layers.rmsNormalization({inputShape: [3, 4]}));
  model.add(layers.dense({units: 2}));
  return model;
}

function spectral(): tf.LayersModel {
  const {spectralNormalization, normalization, batchNormalization} = tfn.layers;
  const model = tf.sequential({name: 'spectral'});
  model.add(normalization({inputShape: [6, 6, 3]}));
  model.add(spectralNormalization({layer: layers.conv2d({filters: 4, kernelSize: 2})}));
  const renormClipping = {rmax: 1.5, dmax: 0.5};
  model.add(batchNormalization({renorm: true, renormClipping, renormMomentum: 0.9}));
  const transposed = layers.conv2dTranspose({filters: 3, kernelSize: 2, useBias: false});
  model.add(spectralNormalization({layer: transposed, powerIterations: 2}));
  model.add(normalization({mean: [1, 0, 2], variance: [4, 1, 0.25], invert: true}));
  model.add(layers.flatten());
  model.add(spectralNormalization({layer: layers.dense({units: 3, activation: 'tanh'})}));
  return model;
}

function rmsScaling(): tf.LayersModel {
  const model = tf.sequential({name: 'rms_scaling'});
  model.add(layers.masking({inputShape: [3, 4, 2]}));
  model.add(tfn.layers.batchNormalization({renorm: true}));
  const layer = layers.depthwiseConv2d({kernelSize: 2});
  model.add(tfn.layers.spectralNormalization({layer}));
  model.add(tfn.layers.layerNormalization({rmsScaling: true}));
  return model;
}

/** Layers with an input's shape that Keras 3 takes from the model alone. */
function shaped(): tf.LayersModel {
  const words = input({shape: [6], dtype: 'int32'});
  const embedding = layers.embedding({inputDim: 9, outputDim: 5, inputShape: [6]}).apply(words);
  const dense = layers.dense({units: 4, inputShape: [6, 5]});
  const spectral = tfn.layers.spectralNormalization({layer: dense});
  const norm = tfn.layers.batchNormalization({axis: [-1], inputShape: [4]});
  const inner = layers.timeDistributed({layer: norm, inputShape: [6, 4]});
  const cell = layers.rnn({
    cell: layers.lstmCell({units: 3, recurrentActivation: 'sigmoid'}),
    returnSequences: true,
    inputShape: [6, 4],
  });
  const last = tf.sequential({
    layers: [
      layers.spatialDropout1d({rate: 0.1, inputShape: [6, 3]}),
      layers.bidirectional({layer: layers.simpleRNN({units: 2, inputShape: [6, 3]}) as tf.RNN}),
      tfn.layers.batchNormalization({axis: [1], inputShape: [4]}),
    ],
  });
  const block = tf.sequential({layers: [tf.sequential({layers: [last, layers.reLU()]})]});
  const parts = [spectral, inner, cell, block] as tf.layers.Layer[];
  const outputs = parts.reduce((x, part) => part.apply(x), embedding) as tf.SymbolicTensor;
  return tf.model({inputs: words, outputs, name: 'shaped'});
}

export const MADE_MODELS = {convolutional, recurrent, branching, spectral, rms, rmsScaling, shaped};
/** Keras 2 lacks a layer of these, or a key. */
export const ONLY_KERAS3 = ['rms', 'rmsScaling'];

/** Models with layers that no version of Keras has under a name of its own. */
const NOT_FOR_KERAS = /(further_addons|scaled_branches)$/;

/** The other golden models, each with the version of Keras that has all its layers. */
export const RETURNING = MODELS.filter(({name}) => !NOT_FOR_KERAS.test(name)).map(model => ({
  model,
  version: /^Keras 2, (?!replaced)/.test(model.name) ? (2 as const) : (3 as const),
}));

/** With random weights and inputs of its own, and their outputs. */
export function example(make: () => tf.LayersModel) {
  const model = make();
  const values = (shape: Array<number | null>, seed: number, mean: number) => {
    const sizes = shape.map(size => size ?? 2);
    return tf.tensor(random(tf.util.sizeFromShape(sizes), seed, mean), sizes);
  };
  model.setWeights(
    model.weights.map(({originalName, shape, dtype}, i) => {
      const value = values(shape, i + 1, 0);
      const isPositive = /variance$|stddev$/.test(originalName);
      return tf.cast(isPositive ? tf.add(tf.abs(value), 0.5) : value, dtype ?? 'float32');
    }),
  );
  const inputs = model.inputs.map(({shape, dtype}, i) => {
    const value = values(shape, 100 + i, 1);
    return dtype === 'int32' ? tf.cast(tf.minimum(tf.abs(value), 8), dtype) : value;
  });
  return {model, inputs, outputs: [model.predict(inputs.length === 1 ? inputs[0] : inputs)].flat()};
}
