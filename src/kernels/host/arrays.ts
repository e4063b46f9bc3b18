/** A kernel's inputs and outputs by their names in the contract. */
export type Arrays = Record<string, Float32Array>;
