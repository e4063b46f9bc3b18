import * as tf from '@tensorflow/tfjs';
import {foldBatchNorm} from 'tfjs-normalization/models';
import {accelerate} from 'tfjs-normalization';
import {crossEntropy, gpt} from './gpt.js';
import {mobileNet} from './mobilenet.js';
import {nsfwjsModel} from './nsfwjs.js';

/** One way to run a program; all ways of one do the same. */
type Variant = {name: string; run: () => Promise<void>};

export type Program = {
  name: string;
  /** The input that it gets, and how large it is. */
  size: string;
  /** Why a backend cannot run it. */
  not?: Record<string, string>;
  /** The first variant is tfjs without this package. */
  make: (smoke: boolean) => Promise<Variant[]>;
};

export const PROGRAMS: Program[] = [
  {
    name: 'GPT, training step',
    size: '4 blocks, width 128, 4 × 128 tokens, Adam',
    make: smoke => Promise.resolve(gptStep(smoke ? 1 : 4)),
  },
  {
    name: 'MobileNet, training step',
    size: 'V1, α 0.5, 4 × 96 × 96 × 3, Adam',
    not: {wasm: 'tfjs has no gradient of a convolution there'},
    make: smoke => Promise.resolve(mobileNetStep(smoke ? 32 : 96)),
  },
  {
    name: 'mobilenet_v2, inference',
    size: 'nsfwjs, 224 × 224 × 3',
    make: () => inference('mobilenet_v2', 224),
  },
  {
    name: 'inception_v3, inference',
    size: 'nsfwjs, 299 × 299 × 3',
    make: () => inference('inception_v3', 299),
  },
];

/** The one line, for a call: to put it in force and out again takes microseconds. */
const accelerated = (run: () => Promise<void>): Variant => ({
  name: 'accelerate()',
  async run() {
    const undo = accelerate();
    try {
      await run();
    } finally {
      undo();
    }
  },
});

const bothWays = (run: () => Promise<void>): Variant[] => [{name: 'tfjs', run}, accelerated(run)];

function gptStep(blocks: number): Variant[] {
  const [tokens, context] = [64, 128];
  const model = gpt({tokens, width: 128, blocks, heads: 4, context});
  const text = tf.floor(tf.randomUniform([4, context], 0, tokens, 'float32', 1));
  const next = tf.oneHot(tf.cast(text, 'int32'), tokens);
  return bothWays(trainingStep(model, text, next, crossEntropy));
}

function mobileNetStep(size: number): Variant[] {
  const model = mobileNet(size, 0.5, 10);
  const images = tf.randomUniform([4, size, size, 3], 0, 1, 'float32', 1);
  const classes = tf.oneHot(tf.tensor1d([0, 1, 2, 3], 'int32'), 10);
  return bothWays(trainingStep(model, images, classes, 'categoricalCrossentropy'));
}

function trainingStep(
  model: tf.LayersModel,
  x: tf.Tensor,
  y: tf.Tensor,
  loss: string | typeof crossEntropy,
): () => Promise<void> {
  model.compile({optimizer: tf.train.adam(1e-4), loss});
  return async () => {
    await model.trainOnBatch(x, y);
  };
}

async function inference(name: string, size: number): Promise<Variant[]> {
  const model = await nsfwjsModel(name);
  const {model: folded} = foldBatchNorm(model);
  const x = tf.randomUniform([1, size, size, 3], 0, 1, 'float32', 1);
  const predict = (each: tf.LayersModel) => async () => {
    const y = each.predict(x) as tf.Tensor;
    await y.data();
    y.dispose();
  };
  await agree(name, model, folded, x);
  return [...bothWays(predict(model)), {name: 'foldBatchNorm', run: predict(folded)}];
}

/** Both models must say the same: 1e-5 of the largest of the classes' probabilities, which is 1. */
async function agree(name: string, model: tf.LayersModel, folded: tf.LayersModel, x: tf.Tensor) {
  const read = async (each: tf.LayersModel): Promise<Float32Array> => {
    const y = each.predict(x) as tf.Tensor;
    const values = (await y.data()) as Float32Array;
    y.dispose();
    return values;
  };
  const [before, after] = [await read(model), await read(folded)];
  const off = Math.max(...before.map((value, i) => Math.abs(value - after[i])));
  const best = (values: Float32Array) => values.indexOf(Math.max(...values));
  if (!(off <= 1e-5) || best(before) !== best(after)) {
    throw new Error(`${name}: folded, it is off by ${off}.`);
  }
}
