import type {LayersModel} from '@tensorflow/tfjs-layers';
import {check, show} from '../check.js';
import {GroupNormalization, type GroupNormalizationArgs} from '../layers/group_normalization.js';
import {checkOptions} from '../options.js';
import {axesOf, type BatchNormLayer, isBatchNorm, isDerivedBatchNorm} from './batch_norm_layers.js';
import {checkModel} from './check_model.js';
import {derived, refuseHeld} from './freeze_batch_norm.js';
import {type Call, isModel, type Layer} from './graph.js';
import {copyCompilation} from './model_settings.js';
import type {Refusal} from './report.js';
import {rewrite} from './rewrite.js';
import {shareUse} from './twin.js';

/** The options of `replaceBatchNorm`. */
export interface ReplaceConfig {
  /**
   * How many groups the channels are to form. A layer whose channels these do not divide gets the greatest
   * common divisor of both. Defaults to 32.
   */
  groups?: number;
}

/** The report of `replaceBatchNorm` on a model's batch normalizations. */
export interface ReplaceReport {
  /** The batch normalizations that have a group normalization in their place. */
  readonly replaced: ReadonlyArray<{
    /** The layer's name, which the new one has too. */
    readonly layer: string;
    /** How many channels it has. */
    readonly channels: number;
    /** How many groups these form now. */
    readonly groups: number;
  }>;
  /** The batch normalizations that stay, and why. */
  readonly refused: readonly Refusal[];
  /** Whether the model must be trained before it is of use: it computes something else now. */
  readonly needsTraining: boolean;
  /** The same for people. */
  readonly note: string;
}

const OP = 'replaceBatchNorm';
/** With fewer values, a group loses most of what tells them apart: two always become -1 and 1. */
const LEAST_VALUES = 4;

/**
 * The same model with `groupNormalization` in the place of batch normalization, for training with small
 * batches, on one example at a time, on clients whose data differ, or with differential privacy.
 *
 * Gamma, beta, epsilon and all other weights are the very ones of the original, which stays as it is; the
 * moving statistics are left out. The model computes something else and needs training, as the report says.
 * Where a group would have fewer than 4 values, as behind a dense layer of few units, all channels are one group.
 *
 * ```js
 * const model = tf.sequential();
 * model.add(tf.layers.conv2d({filters: 48, kernelSize: 3, inputShape: [8, 8, 3]}));
 * model.add(tf.layers.batchNormalization({name: 'bn'}));
 * const {report} = replaceBatchNorm(model, {groups: 32});
 * console.log(report.replaced); // [{layer: 'bn', channels: 48, groups: 16}]
 * ```
 *
 * @throws If `model` is not a model of tf.layers, has no layers or is disposed of; if `groups` is no positive
 *     integer, or an option is unknown.
 */
export function replaceBatchNorm<Model extends LayersModel>(
  model: Model,
  config: ReplaceConfig = {},
): {model: Model; report: ReplaceReport} {
  checkModel(OP, model);
  checkOptions(OP, config, {groups: true});
  const {groups = 32} = config;
  check(
    Number.isInteger(groups) && groups > 0,
    OP,
    () => `groups must be a positive integer, but is ${show(groups)}.`,
  );
  const replaced = new Map<Layer, ReplaceReport['replaced'][number]>();
  const refused = new Map<Layer, string>();
  const copy = rewrite(model, call => {
    const {layer} = call;
    if (isModel(layer)) return undefined;
    refuseHeld(call, isBatchNorm, refused);
    if (isDerivedBatchNorm(layer)) refused.set(layer, derived(layer));
    if (!isBatchNorm(layer)) return undefined;
    const [axis, ...others] = axesOf(layer, call.shape.length);
    if (others.length > 0 || axis === 0) {
      refused.set(layer, `its axis is ${show(layer.axis)}, which is not one of channels alone.`);
      return undefined;
    }
    const channels = call.shape[axis]!;
    const own = {layer: layer.name, channels, groups: groupsFor(groups, call, axis)};
    replaced.set(layer, own);
    return () => groupNormOn(layer, call, axis, own.groups);
  });
  copyCompilation(model, copy);
  const needsTraining = replaced.size > 0;
  const note = needsTraining
    ? 'The model computes something else than before: train it before you use it.'
    : 'Nothing was replaced: the model computes what it did.';
  return {
    model: copy,
    report: {
      replaced: [...replaced.values()],
      refused: [...refused].map(([{name}, reason]) => ({layer: name, reason})),
      needsTraining,
      note,
    },
  };
}

function groupsFor(wanted: number, {shape}: Call, axis: number): number {
  const channels = shape[axis]!;
  const groups = greatestDivisor(wanted, channels);
  // Positions whose number is not known are taken for many.
  const positions = shape.reduce<number>(
    (product, size, i) => (i === 0 || i === axis ? product : product * (size ?? LEAST_VALUES)),
    1,
  );
  return (channels / groups) * positions < LEAST_VALUES ? 1 : groups;
}

const greatestDivisor = (a: number, b: number): number => (b === 0 ? a : greatestDivisor(b, a % b));

const KEPT = /^(name|trainable|dtype|batchInputShape|epsilon|center|scale|(gamma|beta)[A-Z].*)$/;

/** A group normalization on the gamma and beta of a batch normalization. */
function groupNormOn(norm: BatchNormLayer, {shape}: Call, axis: number, groups: number): Layer {
  const config = Object.entries(norm.getConfig()).filter(([key]) => KEPT.test(key));
  const args = {...Object.fromEntries(config), axis, groups} as GroupNormalizationArgs;
  const twin = new GroupNormalization(args);
  const named = norm.weights.map(
    weight => [weight.originalName.split('/').pop()!, weight] as const,
  );
  twin.buildOn(Object.fromEntries(named), shape);
  shareUse(twin, norm);
  // The last of both frees the moving statistics too.
  Object.defineProperty(twin, 'dispose', {value: () => norm.dispose(), configurable: true});
  return twin;
}
