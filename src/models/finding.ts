/** A finding of `inspect`. */
import type {Layer} from './graph.js';

/**
 * The kind of a finding.
 *
 *     statistics   moving statistics far from those of the data
 *     momentum     moving statistics that had too few steps to leave their start
 *     loss         a much higher loss in inference than in training
 *     gamma        a gamma near 0, which lets nothing through
 *     epsilon      variances so small that epsilon outweighs them
 *     range        inputs beyond the range of half floats, which many phones have on webgl
 *     dead         channels that are constant, or that relu always turns to 0
 *     batch        batch normalization of single values
 *     frozen       a frozen layer whose statistics, or parameters, training moves all the same
 *     nan          the first layer that makes NaN or infinite values
 */
export type FindingKind =
  | 'statistics'
  | 'momentum'
  | 'loss'
  | 'gamma'
  | 'epsilon'
  | 'range'
  | 'dead'
  | 'batch'
  | 'frozen'
  | 'nan';

/** Something that is likely wrong with a model. */
export interface Finding {
  /** The layer's name; for what concerns the whole model, that of the model. */
  readonly layer: string;
  /** Its kind. */
  readonly kind: FindingKind;
  /** The number that it rests on; `message` says what that is. */
  readonly value: number;
  /** The finding in words, for people. */
  readonly message: string;
  /** The remedy. */
  readonly remedy: string;
}

/** The numbers of one norm layer, as a row for `console.table`. */
export interface InspectedLayer {
  /** The layer's name. */
  readonly layer: string;
  /** The name of its class. */
  readonly className: string;
  /** Whether it is frozen. */
  readonly frozen: boolean;
  /** How far the means of the data are from the moving ones, in standard deviations; null where there are none. */
  readonly shift: number | null;
  /** How far the deviations are: the root mean square of the logarithm of their ratio. */
  readonly scale: number | null;
  /** The smallest absolute gamma; null of a layer without. */
  readonly smallestGamma: number | null;
  /** The largest absolute input. */
  readonly largestInput: number;
}

/** The share of groups, or features, above which a finding is made of them. */
export const MANY = 1 / 2;
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
