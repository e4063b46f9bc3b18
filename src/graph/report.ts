import type {NormKind} from './kind.js';

/** A normalization that became one node. */
export interface FusedNorm {
  /** Its kind. Where a file does not say over which axes, by how many these are. */
  readonly kind: NormKind;
  /** The name of the node that computes it now: the last one of those that did. */
  readonly node: string;
  /** How many nodes it replaces. */
  readonly replaces: number;
}

/** A root of a variance or a mean square that stays as it was. */
export interface RefusedNorm {
  /** The name of the root's node. */
  readonly node: string;
  /** Why it stays, for people. */
  readonly reason: string;
}

/** The result of `fuseNormalizations` for a model. */
export interface GraphReport {
  /** The normalizations that became one node each. */
  readonly fused: readonly FusedNorm[];
  /** The pieces that looked like a normalization, and stay. */
  readonly refused: readonly RefusedNorm[];
}
