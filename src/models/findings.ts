/** The rules by which `inspect` makes findings of what it saw. */
import type {LayersModel, LayerVariable} from '@tensorflow/tfjs-layers';
import {batchNormFindings} from './batch_norm_findings.js';
import {isAnyBatchNorm, variableOf} from './batch_norm_layers.js';
import type {Evidence} from './evidence.js';
import type {Layer} from './graph.js';
import type {Finding, InspectedLayer} from './inspect.js';
import type {Inspection} from './inspection.js';
import type {Within} from './layers_within.js';
import {compiledOf} from './model_settings.js';
import {distanceBetween} from './moments_distance.js';
import {epsilonOf, gammaOf} from './norm_layers.js';

/** Beyond this, half floats are infinite. */
const HALF_MAX = 65504;
/** Below this share of the largest gamma, one lets nothing through; as small a one does not, if all are so small. */
const NEAR_ZERO = 1e-3;
const ALL_NEAR_ZERO = 1e-4;
/** The share of groups, or features, above which a finding is made of them. */
export const MANY = 1 / 2;
/** How much higher the loss in inference must be. */
const LOSS_RATIO = 1.5;

/** A finding about a layer. */
export const finding = (
  {name}: {name: string},
  kind: Finding['kind'],
  value: number,
  message: string,
  remedy: string,
): Finding => ({layer: name, kind, value, message, remedy});

/** A number as messages show it. */
export const short = (value: number): string => String(Number(value.toPrecision(3)));

export const plural = (count: number, noun: string): string =>
  `${count} ${noun}${count === 1 ? '' : 's'}`;

export async function findingsOf(
  model: LayersModel,
  layers: readonly Within[],
  seen: Inspection,
  steps: number | null,
): Promise<Finding[]> {
  const found = nanFindings(model, seen);
  const trains = model.trainableWeights.length > 0;
  let farthest = 0;
  for (const {layer, frozen} of layers) {
    const evidence = seen.evidence.get(layer);
    if (evidence == null) continue;
    found.push(...(await gammaFindings(layer)), ...inputFindings(layer, evidence));
    if (!isAnyBatchNorm(layer)) continue;
    const {findings, distance} = await batchNormFindings(layer, evidence, {
      seen,
      frozen,
      trains,
      steps,
    });
    found.push(...findings, ...frozenFindings(model, layer, frozen));
    farthest = Math.max(farthest, distance);
  }
  const {loss} = seen;
  // Moving statistics that are near the data's are not what makes the difference.
  if (loss != null && farthest > 1 / 2 && loss.inference > LOSS_RATIO * loss.training) {
    found.push(
      finding(
        model,
        'loss',
        loss.inference / loss.training,
        `the loss in inference, ${short(loss.inference)}, is ${short(loss.inference / loss.training)} times that of ` +
          `training, ${short(loss.training)}: the moving statistics are not those of the data.`,
        'Call recalibrate(model, data) with data as in training.',
      ),
    );
  }
  return found;
}

function nanFindings(model: LayersModel, {nan}: Inspection): Finding[] {
  if (nan == null) return [];
  const values = plural(nan.count, 'value');
  return [
    nan.layer == null
      ? finding(
          model,
          'nan',
          nan.count,
          `the data have ${values} that are NaN or infinite.`,
          'Leave such examples out.',
        )
      : finding(
          nan.layer,
          'nan',
          nan.count,
          `it is the first layer with NaN or infinite values, ${nan.count}, though what it gets is finite.`,
          'Look for weights that are NaN, negative variances, an epsilon of 0, and logarithms or divisions in the layer; ' +
            'if training made them, lower the learning rate or clip the gradients.',
        ),
  ];
}

async function gammaFindings(layer: Layer): Promise<Finding[]> {
  const gamma = gammaOf(layer);
  if (gamma == null) return [];
  const values = await absolute(gamma);
  const largest = Math.max(...values);
  // The last layer of a residual branch may start so.
  if (largest === 0 && startsAtZero(layer)) return [];
  const bound = largest < ALL_NEAR_ZERO ? ALL_NEAR_ZERO : NEAR_ZERO * largest;
  const small = values.filter(value => value < bound).length;
  return small === 0
    ? []
    : [
        finding(
          layer,
          'gamma',
          small,
          `${small} of ${plural(values.length, 'gamma')} are below ${short(bound)}, so that these features are cut off.`,
          'Prune these channels; or keep weight decay and strong regularizers off gamma (isNormParameter), and train on.',
        ),
      ];
}

const absolute = async (weight: LayerVariable): Promise<number[]> =>
  Array.from(await weight.read().data(), Math.abs);

function startsAtZero(layer: Layer): boolean {
  const {gammaInitializer: given} = layer.getConfig() as {
    gammaInitializer?: {className?: string} | string;
  };
  const name = typeof given === 'string' ? given : given?.className;
  return /^zeros$/i.test(name ?? '');
}

function inputFindings(layer: Layer, {largest, groups}: Evidence): Finding[] {
  const found: Finding[] = [];
  if (largest > HALF_MAX) {
    found.push(
      finding(
        layer,
        'range',
        largest,
        `its inputs reach ${short(largest)}; half floats, which webgl has on many phones, end at ${HALF_MAX}.`,
        'Scale the data, as tfn.layers.normalization does, or normalize before the layer that makes them so large.',
      ),
    );
  }
  const varied = groups.all - groups.constant;
  if (varied > 0 && groups.dominated > MANY * varied) {
    found.push(epsilonFinding(layer, groups.dominated / varied, 'groups', epsilonOf(layer)));
  }
  return found;
}

export const epsilonFinding = (
  layer: Layer,
  share: number,
  what: string,
  epsilon: number,
): Finding =>
  finding(
    layer,
    'epsilon',
    share,
    `in ${Math.round(100 * share)} % of the ${what} the variance is below a quarter of epsilon, ${epsilon}, so that they ` +
      'are not brought to a variance of 1.',
    'Scale the inputs, or make the layer with a smaller epsilon.',
  );

/** tfjs trains what was not frozen when the model was compiled. */
function frozenFindings(model: LayersModel, layer: Layer, frozen: boolean): Finding[] {
  const {collectedTrainableWeights: trained = []} = compiledOf(model);
  const weights = layer.weights.filter(weight => trained.includes(weight)).length;
  return !frozen || weights === 0
    ? []
    : [
        finding(
          layer,
          'frozen',
          weights,
          `it was frozen after the model was compiled, so that ${plural(weights, 'weight')} of it go on learning.`,
          'Compile the model again.',
        ),
      ];
}

/** The numbers of all norm layers. */
export async function rowsOf(
  layers: readonly Within[],
  seen: Inspection,
): Promise<InspectedLayer[]> {
  const rows: InspectedLayer[] = [];
  for (const {layer, frozen} of layers) {
    const evidence = seen.evidence.get(layer);
    if (evidence == null) continue;
    const gamma = gammaOf(layer);
    const {moments} = evidence;
    let distance: {shift: number; scale: number} | null = null;
    if (isAnyBatchNorm(layer) && moments.mean != null) {
      const moving = [layer.movingMean, layer.movingVariance].map(weight =>
        variableOf(weight!).read().data(),
      );
      const [mean, variance] = await Promise.all(moving);
      const own = {mean: moments.mean, variance: moments.variance()};
      distance = distanceBetween(own, {mean, variance}, layer.epsilon);
    }
    rows.push({
      layer: layer.name,
      className: layer.getClassName(),
      frozen,
      shift: distance?.shift ?? null,
      scale: distance?.scale ?? null,
      smallestGamma: gamma == null ? null : Math.min(...(await absolute(gamma))),
      largestInput: evidence.largest,
    });
  }
  return rows;
}
