import {EigenvalueDecomposition, Matrix, solve} from 'ml-matrix';
import type {Rows} from './data.js';

/** The data alone say this of gradient descent on a linear model's mean squared error. */
export interface Curvature {
  /** The largest over the smallest curvature: the steps needed are in proportion to it. */
  condition: number;
  /** Gradient descent diverges with larger ones: 2 over the largest curvature. */
  largestLearningRate: number;
  /** The steps that full-batch gradient descent needs from zero weights to a loss; null: never. */
  stepsTo: (loss: number, learningRate: number) => number | null;
}

/** More steps than anyone takes, which a double still counts exactly. */
const MOST_STEPS = 2 ** 50;

/**
 * The curvature is the loss's second derivative by the kernel and the bias, 2 XᵀX / n, where X has
 * a column of ones for the bias. It is the same at all weights, so that each of its eigenvectors
 * has an error of its own, which every step multiplies by 1 - learning rate * eigenvalue.
 */
export function curvature(rows: Rows): Curvature {
  const design = withOnes(rows.x);
  const hessian = design
    .transpose()
    .mmul(design)
    .mul(2 / rows.x.length);
  const {realEigenvalues, eigenvectorMatrix} = new EigenvalueDecomposition(hessian, {
    assumeSymmetric: true,
  });
  const errors = eigenvectorMatrix.transpose().mmul(bestWeights(rows)).to1DArray();
  const [least, most] = [Math.min(...realEigenvalues), Math.max(...realEigenvalues)];
  const minimum = leastLoss(rows);
  const lossAfter = (steps: number, learningRate: number) =>
    realEigenvalues.reduce((sum, eigenvalue, i) => {
      const error = errors[i] * (1 - learningRate * eigenvalue) ** steps;
      return sum + (eigenvalue / 2) * error ** 2;
    }, minimum);
  const stepsTo = (loss: number, learningRate: number) => {
    if (!(learningRate < 2 / most) || lossAfter(MOST_STEPS, learningRate) > loss) return null;
    let [before, after] = [-1, MOST_STEPS];
    while (after - before > 1) {
      const middle = Math.floor((before + after) / 2);
      if (lossAfter(middle, learningRate) <= loss) after = middle;
      else before = middle;
    }
    return after;
  };
  return {condition: most / least, largestLearningRate: 2 / most, stepsTo};
}

/** Each feature minus its mean, over its standard deviation. */
export function standardized({x, y}: Rows): Rows {
  const matrix = new Matrix(x);
  const scale = matrix.standardDeviation('column', {unbiased: false});
  return {x: matrix.center('column').divRowVector(scale).to2DArray(), y};
}

/** The standard deviation of each feature. */
export const scales = ({x}: Rows): number[] =>
  new Matrix(x).standardDeviation('column', {unbiased: false});

/** The least mean squared error of a linear model. */
export function leastLoss(rows: Rows): number {
  const errors = Matrix.sub(withOnes(rows.x).mmul(bestWeights(rows)), Matrix.columnVector(rows.y));
  return errors.dot(errors) / rows.y.length;
}

/** Kernel and bias by least squares, as a column. */
const bestWeights = ({x, y}: Rows): Matrix => solve(withOnes(x), Matrix.columnVector(y), true);

const withOnes = (x: number[][]): Matrix => new Matrix(x.map(row => [...row, 1]));
