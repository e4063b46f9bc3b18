import {capitalized, compared, listed, percent, short, spread} from '../shared/words.js';
import {INPUTS} from './model.js';
import {
  type LinearResults,
  linearGroups,
  networkGroups,
  type NetworkGroup,
  type NetworkRun,
  oscillation,
  stepsTo,
} from './summary.js';

/** The steps and the largest learning rate of each input. */
export function finding(linear: LinearResults): string {
  const tried = Math.max(...linear.runs.map(({losses}) => losses.length));
  const groups = linearGroups(linear);
  const steps = groups.map(
    ({label, steps}) => `${steps ?? `more than ${tried}`} steps with ${inWords(label)}`,
  );
  const rates = groups.map(
    ({label, largestRate}) => `${largestRate ?? 'none'} with ${inWords(label)}`,
  );
  return (
    `To come within a tenth of the least loss, a linear model takes ${listed(steps)}; ` +
    `the largest learning rate that trains is ${listed(rates)}.`
  );
}

/** The findings that follow from the data alone. */
export const conditioning = ({curvatures}: LinearResults): string[] =>
  curvatures.map(({label, condition, prediction}) => {
    const subject = `${capitalized(inWords(label))}: the curvature's condition number is ${short(condition)}`;
    if (prediction == null) return `${subject} at the start; as gamma is trained too, it changes.`;
    const {fewestSteps} = prediction;
    return fewestSteps == null
      ? `${subject}; by its eigenvalues no learning rate that was tried reaches the target.`
      : `${subject}; by its eigenvalues the target takes ${short(fewestSteps)} steps.`;
  });

/** With how many of the learning rates each input reached the target. */
export const reached = ({runs, targetLoss}: LinearResults): string[] =>
  [...new Set(runs.map(({label}) => label))].map(label => {
    const own = runs.filter(run => run.label === label);
    const able = own.filter(run => stepsTo(run, targetLoss) != null);
    const rates = able.map(({learningRate}) => learningRate);
    const which = rates.length === 0 ? '' : ` (${listed(rates.map(String))})`;
    return `${capitalized(inWords(label))}: ${able.length} of ${own.length} learning rates reach the target${which}.`;
  });

/** How often the gradient turned around, at the best learning rate. */
export const turns = (linear: LinearResults): string[] =>
  linearGroups(linear).flatMap(({label, best}) => {
    if (best == null) return [];
    const known = linear.curvatures.find(each => each.label === label)?.prediction;
    const limit =
      known == null
        ? ''
        : `, which is ${(best.learningRate / known.largestLearningRate).toFixed(2)} of the predicted limit`;
    return `${capitalized(inWords(label))} at the best learning rate, ${best.learningRate}${limit}: ${percent(oscillation(best), 0)} of the gradients point against the one before.`;
  });

/** Errors on the test rows, and whether they are apart. */
export function generalization(runs: NetworkRun[]): string[] {
  const groups = networkGroups(runs);
  if (groups.length === 0) return [];
  const errors = groups.map(({label, learningRate, runs}) => {
    const gap = spread(
      runs.map(({testError, trainingError}) => testError - trainingError),
      2,
    );
    const error = spread(
      runs.map(({testError}) => testError),
      2,
    );
    return `${capitalized(inWords(label))}, learning rate ${learningRate}: test error ${error}, above that of the training rows by ${gap}.`;
  });
  const guess = spread(
    groups[0].runs.map(({meanError}) => meanError),
    2,
  );
  return [
    ...errors,
    `Whoever guesses the training rows' mean has ${guess}.`,
    ...normalizations(groups),
  ];
}

/** Whether the two ways to normalize differ on the test rows. */
function normalizations(groups: NetworkGroup[]): string[] {
  const labels = [INPUTS.normalization.label, INPUTS.batchNorm.label];
  const both = groups.filter(({label}) => labels.includes(label));
  if (both.length < labels.length) return [];
  const [a, b] = both.map(({runs}) => runs.map(({testError}) => testError));
  return [`${listed(labels)}: ${compared(a, b, difference => difference.toFixed(2))}.`];
}

const inWords = (label: string): string => (label === INPUTS.raw.label ? 'raw features' : label);
