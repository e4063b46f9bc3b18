/** A layer that a model keeps as it was, and why. */
export interface Refusal {
  /** The layer's name. */
  readonly layer: string;
  /** Why it stays, for people. */
  readonly reason: string;
}
