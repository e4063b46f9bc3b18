/** Three programs in small, made of tfjs's layers alone; each gives the losses of its training steps. */
import * as tf from '@tensorflow/tfjs';
import {normal} from '../models.js';

/** How a program moves the weights of its models before it starts. */
export type Move = (model: tf.LayersModel) => void;
export type Program = (steps: number, move: Move) => Promise<number[]>;

const {layers} = tf;

/** The same weights in every run. */
function seeds() {
  let seed = 0;
  return () => tf.initializers.glorotUniform({seed: ++seed});
}

async function lossesOf(model: tf.LayersModel, x: tf.Tensor, y: tf.Tensor, steps: number) {
  const losses: number[] = [];
  for (let step = 0; step < steps; step++) losses.push((await model.trainOnBatch(x, y)) as number);
  return losses;
}

/** Two blocks with a layer norm before each part and one behind all. */
const transformer: Program = (steps, move) => {
  const [tokens, time, width] = [7, 4, 8];
  const weights = seeds();
  const on = (layer: tf.layers.Layer, ...x: tf.SymbolicTensor[]) =>
    layer.apply(x.length === 1 ? x[0] : x) as tf.SymbolicTensor;
  const dense = (units: number, activation?: 'relu') =>
    layers.dense({units, activation, kernelInitializer: weights()});
  const norm = (x: tf.SymbolicTensor) => on(layers.layerNormalization({epsilon: 1e-5}), x);
  const input = tf.input({shape: [time]});
  let x = on(
    layers.embedding({inputDim: tokens, outputDim: width, embeddingsInitializer: weights()}),
    input,
  );
  for (let block = 0; block < 2; block++) {
    const normed = norm(x);
    const [query, key, value] = [1, 2, 3].map(() => on(dense(width), normed));
    const scores = on(
      layers.activation({activation: 'softmax'}),
      on(layers.dot({axes: 2}), query, key),
    );
    x = on(layers.add(), x, on(layers.dot({axes: [2, 1]}), scores, value));
    x = on(layers.add(), x, on(dense(width), on(dense(4 * width, 'relu'), norm(x))));
  }
  const output = on(layers.activation({activation: 'softmax'}), on(dense(tokens), norm(x)));
  const model = tf.model({inputs: input, outputs: output});
  model.compile({optimizer: tf.train.adam(1e-3), loss: 'categoricalCrossentropy'});
  move(model);
  const text = tf.tensor2d(
    Array.from({length: 8 * time}, (_, i) => (i * i) % tokens),
    [8, time],
  );
  const next = tf.oneHot(tf.cast(tf.mod(tf.add(text, 1), tokens), 'int32'), tokens);
  return lossesOf(model, text, next, steps);
};

/** Separable convolutions, each part with batch norm behind it. */
const mobileNet: Program = (steps, move) => {
  const weights = seeds();
  const normed = (layer: tf.layers.Layer) => [
    layer,
    layers.batchNormalization(),
    layers.reLU({maxValue: 6}),
  ];
  const conv = (filters: number, kernelSize: number, strides: number) =>
    layers.conv2d({
      filters,
      kernelSize,
      strides,
      padding: 'same',
      useBias: false,
      kernelInitializer: weights(),
    });
  const depthwise = (strides: number) =>
    layers.depthwiseConv2d({
      kernelSize: 3,
      strides,
      padding: 'same',
      useBias: false,
      depthwiseInitializer: weights(),
    });
  const model = tf.sequential({
    layers: [
      layers.inputLayer({inputShape: [6, 6, 3]}),
      ...normed(conv(6, 3, 2)),
      ...[1, 2].flatMap(strides => [...normed(depthwise(strides)), ...normed(conv(8, 1, 1))]),
      layers.globalAveragePooling2d({}),
      layers.dense({units: 4, activation: 'softmax', kernelInitializer: weights()}),
    ],
  });
  model.compile({optimizer: tf.train.momentum(0.05, 0.9), loss: 'categoricalCrossentropy'});
  move(model);
  const classes = tf.oneHot(tf.tensor1d([0, 1, 2, 3], 'int32'), 4);
  return lossesOf(model, normal([4, 6, 6, 3]), classes, steps);
};

/** In turns; the discriminator is frozen where the generator trains, and its batch norm is not, as tfjs has it. */
const gan: Program = async (steps, move) => {
  const weights = seeds();
  const conv = {kernelSize: 3, strides: 2, padding: 'same'} as const;
  const generator = tf.sequential({
    layers: [
      layers.dense({units: 16, inputShape: [5], useBias: false, kernelInitializer: weights()}),
      layers.batchNormalization({momentum: 0.8}),
      layers.reLU(),
      layers.reshape({targetShape: [2, 2, 4]}),
      layers.conv2dTranspose({...conv, filters: 3, useBias: false, kernelInitializer: weights()}),
      layers.batchNormalization({momentum: 0.8}),
      layers.reLU(),
      layers.conv2d({
        filters: 1,
        kernelSize: 3,
        padding: 'same',
        activation: 'tanh',
        kernelInitializer: weights(),
      }),
    ],
  });
  const discriminator = tf.sequential({
    layers: [
      layers.conv2d({...conv, filters: 4, inputShape: [4, 4, 1], kernelInitializer: weights()}),
      layers.leakyReLU(),
      layers.conv2d({...conv, filters: 6, useBias: false, kernelInitializer: weights()}),
      layers.batchNormalization({momentum: 0.8}),
      layers.leakyReLU(),
      layers.flatten(),
      layers.dense({units: 1, activation: 'sigmoid', kernelInitializer: weights()}),
    ],
  });
  discriminator.compile({optimizer: tf.train.adam(2e-4, 0.5), loss: 'binaryCrossentropy'});
  const noise = tf.input({shape: [5]});
  const verdict = discriminator.apply(generator.apply(noise)) as tf.SymbolicTensor;
  const both = tf.model({inputs: noise, outputs: verdict});
  both.compile({optimizer: tf.train.adam(2e-4, 0.5), loss: 'binaryCrossentropy'});
  [generator, discriminator].forEach(move);

  const [real, fake] = [tf.ones([4, 1]), tf.zeros([4, 1])];
  const images = tf.tanh(normal([4, 4, 4, 1]));
  const losses: number[] = [];
  for (let step = 0; step < steps; step++) {
    const z = normal([4, 5], step + 1, 0, 1);
    for (const [model, x, y] of [
      [discriminator, images, real],
      [discriminator, generator.predict(z) as tf.Tensor, fake],
      [both, z, real],
    ] as Array<[tf.LayersModel, tf.Tensor, tf.Tensor]>) {
      discriminator.trainable = model === discriminator;
      losses.push((await model.trainOnBatch(x, y)) as number);
    }
  }
  return losses;
};

export const PROGRAMS: Record<string, Program> = {transformer, MobileNet: mobileNet, GAN: gan};
