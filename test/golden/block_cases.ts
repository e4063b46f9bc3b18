/** Blocks of models as the frameworks that define them compute them, and ours: make_blocks.py. */
import * as tf from '@tensorflow/tfjs-core';
import {ADAPTIVE} from './adaptive_blocks.js';
import type {Tensors} from './block_parts.js';
import {type Comparison, type Subject, tensorOf, type Values} from './comparison.js';
import {CONVNETS} from './convnet_blocks.js';
import {DECODERS} from './decoder_blocks.js';
import {ELEMENTWISE} from './elementwise_blocks.js';
import values from './blocks.json' with {type: 'json'};

const BLOCKS = {...ADAPTIVE, ...CONVNETS, ...DECODERS, ...ELEMENTWISE};

type BlockCase = {
  name: string;
  framework: string;
  block: keyof typeof BLOCKS;
  config: object;
  /** The inputs and the weights. */
  in: Record<string, Values>;
  /** The gradients of the outputs. */
  dy: Record<string, Values>;
  out: Record<string, Values>;
  /** The gradients of all that goes in. */
  gradients: Record<string, Values>;
};

/** Where it is no package. */
const NAMES: Record<string, string> = {authors: "DyT's and Derf's authors"};

const BLOCK_CASES = values.cases as unknown as BlockCase[];

const tensorsOf = (of: Record<string, Values>): Tensors =>
  Object.fromEntries(Object.entries(of).map(([name, values]) => [name, tensorOf(values)]));

const compared = (of: Record<string, Values>, found: Tensors): Comparison[] =>
  Object.entries(of).map(([name, {shape, values}]) => ({
    ...{name, actual: found[name], expected: values, shape},
  }));

function compare(c: BlockCase) {
  const given = tensorsOf(c.in);
  const run = (of: Tensors) => BLOCKS[c.block](of, c.config as never);
  const loss = (...of: tf.Tensor[]) => {
    const found = run(Object.fromEntries(Object.keys(given).map((name, i) => [name, of[i]])));
    return tf.addN(
      Object.entries(c.dy).map(([name, dy]) => tf.sum(tf.mul(found[name], tensorOf(dy)))),
    );
  };
  const gradients = tf.grads(loss)(Object.values(given));
  const named = Object.fromEntries(Object.keys(given).map((name, i) => [name, gradients[i]]));
  return {forward: compared(c.out, run(given)), gradient: compared(c.gradients, named)};
}

export const blockSubjects = BLOCK_CASES.map((c): Subject => {
  const {framework, block, name} = c;
  return {
    ...{framework: `Blocks of ${NAMES[framework] ?? framework}`, subject: `\`${block}\``, name},
    tolerance: 1e-6,
    // Its four norms after one another raise what is rounded: PyTorch's own float32 is 1.5e-6 from its float64.
    gradientTolerance: block === 'Gemma3DecoderLayer' ? 3e-6 : 1e-6,
    gradientScale: expected => 1 + Math.max(...expected.map(Math.abs)),
    compare: () => compare(c),
  };
});
