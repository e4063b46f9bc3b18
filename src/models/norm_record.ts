/** The output and gradient of a norm layer in one step of training. */
export interface NormRecord {
  /** The step, counted from 0 over all epochs. */
  readonly step: number;
  /** The layer's name. */
  readonly layer: string;
  /** The mean of the outputs. */
  readonly mean: number;
  /** The standard deviation of the outputs. */
  readonly deviation: number;
  /** The share of outputs that are 0 or below, of which relu makes 0. */
  readonly negative: number;
  /** The root mean square of the loss's gradient by the outputs; NaN if none came back. */
  readonly gradient: number;
}
