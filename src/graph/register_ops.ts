import {type GraphNode, registerOp} from '@tensorflow/tfjs-converter';
import * as tf from '@tensorflow/tfjs-core';
import {batchNormNode, registerBatchNorms} from '../accelerate/graph_models.js';
import {type Expression, fromText} from './expression.js';
import {BATCH_NORM, NORMALIZATION} from './op_names.js';
import {runExpression} from './run_node.js';

/** Each text is that of one node, or of several that are alike. */
const expressions = new Map<string, Expression>();

function expressionOf(text: string): Expression {
  const known = expressions.get(text) ?? fromText(text);
  expressions.set(text, known);
  return known;
}

/** The ops that rewritten graphs have. They are TensorFlow's custom ops, of names of our own. */
export function registerGraphOps(): void {
  registerOp(NORMALIZATION, ({inputs, attrs}: GraphNode) =>
    tf.tidy(() => runExpression(expressionOf(attrs['expression'] as string), inputs)),
  );
  registerOp(BATCH_NORM, batchNormNode);
  registerBatchNorms(registerOp);
}
