import type {Digits} from '../shared/mnist.js';

/** The classes that embeddings are trained on, and those that they meet in the test alone. */
export const SEEN = [0, 1, 2, 3, 4];
export const UNSEEN = [5, 6, 7, 8, 9];

/** Where the digits of some classes are. */
export const indicesOf = ({labels}: Digits, classes: number[]): number[] =>
  Array.from(labels.keys()).filter(i => classes.includes(labels[i]));
