import * as tf from '@tensorflow/tfjs-core';
import type {LayersModel} from '@tensorflow/tfjs-layers';
import {affineOf, type BatchNormLayer} from './batch_norm_layers.js';
import {checkModel} from './check_model.js';
import {type Folding, planFolding} from './fold_plan.js';
import {foldBefore, foldBehind, type Weights} from './fold_weights.js';
import {foldedLayer} from './folded_layer.js';
import {type Call, Graphs, type Layer} from './graph.js';
import {kernelLayer, kernelsOf, kindOf} from './kernel_layers.js';
import type {Refusal} from './report.js';
import {rewrite} from './rewrite.js';

/** The report of `foldBatchNorm` on a model's batch normalizations. */
export interface FoldReport {
  /** The batch normalizations that are gone. */
  readonly folded: ReadonlyArray<{
    /** The name of the batch normalization. */
    readonly layer: string;
    /** The name of the layer whose kernel and bias have it now. */
    readonly into: string;
    /** The activation that this layer took over with it, if there is one. */
    readonly activation?: string;
  }>;
  /** The batch normalizations that stay, and why. */
  readonly refused: readonly Refusal[];
}

/**
 * The same model for inference, with batch normalizations moved into the kernels and biases of
 * the layers around them. It computes the same but for rounding.
 *
 * A batch normalization goes into the convolution (1-d to 3-d, depthwise, separable, transposed) or dense
 * layer before it, also one in a `weightStandardization`, which then is gone, or else into the one behind it, if that does not pad. An activation behind that tfjs has
 * in the ops of these layers (relu, relu6, elu, sigmoid) goes along. The report says what stays, and why: where
 * a kernel is shared, a value is used twice, or an activation lies between.
 *
 * The original stays as it is. Layers that do not change have the very weights of the original; the others
 * have new ones. The new model is not compiled. It is saved as layers of tfjs.
 *
 * ```js
 * const model = tf.sequential(); // or that of a file
 * model.add(tf.layers.dense({units: 2, inputShape: [4]}));
 * model.add(tf.layers.batchNormalization());
 * model.add(tf.layers.reLU());
 * const {model: folded, report} = foldBatchNorm(model);
 * console.log(folded.layers.length, report.folded[0].activation); // 1 relu
 * ```
 *
 * @throws If `model` is not a model of tf.layers, has no layers or is disposed of.
 */
export function foldBatchNorm<Model extends LayersModel>(
  model: Model,
): {model: Model; report: FoldReport} {
  checkModel('foldBatchNorm', model);
  const graphs = new Graphs();
  const {foldings, refused} = planFolding(model, graphs);
  const gone = new Set<Call>();
  const folded: Array<FoldReport['folded'][number]> = [];
  for (const [{layer}, {before, behind, activation}] of foldings) {
    for (const norm of [before, behind]) {
      if (norm == null) continue;
      gone.add(norm);
      const took = activation == null ? {} : {activation: activation.name};
      folded.push({layer: norm.layer.name, into: layer.name, ...took});
    }
    if (activation != null) gone.add(activation.call);
  }

  const made: Layer[] = [];
  const rule = (call: Call) => {
    if (gone.has(call)) return 'left out';
    const folding = foldings.get(call);
    return folding == null ? undefined : () => made[made.push(fold(call, folding)) - 1];
  };
  let copy: Model;
  tf.engine().startScope('foldBatchNorm');
  try {
    copy = rewrite(model, rule, graphs);
  } catch (error) {
    for (const weight of made.flatMap(({weights}) => weights)) weight.dispose();
    throw error;
  } finally {
    tf.engine().endScope();
  }
  // They have these by now, and the tensors are gone.
  for (const layer of made) layer.initialWeights = null as never;
  return {model: copy, report: {folded, refused}};
}

/** The layer in the place of the call and of all that is folded into it. */
function fold({layer}: Call, {before, behind, activation, isOutput}: Folding): Layer {
  const kernel = kernelLayer(layer);
  const kind = kindOf(layer)!;
  let weights: Weights = {
    kernels: kernelsOf(layer),
    bias: kernel.bias?.read() ?? null,
  };
  if (before != null) weights = foldBefore(kind, weights, affineOf(before.layer as BatchNormLayer));
  if (behind != null) weights = foldBehind(kind, weights, affineOf(behind.layer as BatchNormLayer));
  const last = activation?.call ?? behind;
  // The outputs of a model are known by the names of the layers.
  const name = isOutput && last != null ? last.layer.name : layer.name;
  return foldedLayer(kernel, name, weights, activation?.name);
}
