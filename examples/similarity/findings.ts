import {mean} from '../shared/statistics.js';
import type {Results} from './report.js';
import {capitalized, compared, listed, percent, percentSpread} from '../shared/words.js';
import {
  attentionGroups,
  type AttentionRun,
  best,
  type EmbeddingRun,
  type Group,
  groupsOf,
  METHODS,
  type Precisions,
} from './summary.js';

/** What L2 and L1 normalization change. */
export function finding({pixels, embeddings, attentions}: Results): string {
  const [unit, afterwards, without] = METHODS.map(method => best(embeddings, method));
  const found = (group: Group | null) => percent(mean(group?.unseen ?? []));
  const changes = [
    `from ${percent(pixels.unseen.dot)} to ${percent(pixels.unseen.cosine)} where pixels are compared`,
  ];
  if (without != null) {
    changes.push(`from ${found(without)} to ${found(afterwards)} where a trained embedding is`);
  }
  const trained = unit == null ? '' : ` (${found(unit)} if it was trained with unitNormalization)`;
  const zeros = attentionGroups(attentions).map(
    ({label, runs}) => `${percent(mean(runs.map(run => run.zeros)), 0)} by ${label}`,
  );
  const sparsity =
    zeros.length === 0
      ? ''
      : `; the share of the attention weights that is exactly 0 is ${listed(zeros)}`;
  return `L2 normalization takes the precision of a search for digits of new classes ${listed(changes)}${trained}${sparsity}.`;
}

/** How the methods compare at the temperature that the classes of the training choose. */
export function retrieval(runs: EmbeddingRun[]): string[] {
  const groups = METHODS.flatMap(method => best(runs, method) ?? []);
  const [first, ...others] = groups;
  if (first == null) return [];
  return [
    ...groups.map(
      ({label, temperature, unseen}) =>
        `With ${label}, temperature ${temperature}: ${percentSpread(unseen)}.`,
    ),
    ...others.map(
      other =>
        `With ${first.label} and with ${other.label} they are ${compared(first.unseen, other.unseen, points)}.`,
    ),
  ];
}

/** How much the temperature matters to each method, and whether the best ones differ. */
export function trainedClasses(runs: EmbeddingRun[]): string[] {
  const ranges = METHODS.flatMap(method => {
    const chosen = best(runs, method);
    if (chosen == null) return [];
    const least = Math.min(...groupsOf(runs, method).map(({seen}) => mean(seen)));
    return `With ${method.label}: ${percentSpread(chosen.seen)} at the best temperature, ${percent(least)} at the worst.`;
  });
  const [first, ...others] = METHODS.flatMap(method => best(runs, method) ?? []);
  const differences = others.map(
    other =>
      `At their best temperatures ${first.label} and ${other.label} are ${compared(first.seen, other.seen, points)}.`,
  );
  return [...ranges, ...differences];
}

/** How well the pixels themselves are retrieved. */
export function pixelsFinding(pixels: Precisions, runs: EmbeddingRun[]): string {
  const {cosine, dot} = pixels.unseen;
  const sentence = `The pixels themselves reach ${percent(cosine)} after l2Normalize and ${percent(dot)} without`;
  const means = METHODS.flatMap(method => groupsOf(runs, method)).map(({unseen}) => mean(unseen));
  return means.every(embedding => embedding < cosine)
    ? `${sentence}: at this size, no embedding is better for classes that it has not seen.`
    : `${sentence}.`;
}

/** Says how the attention weights look, and whether the accuracies differ. */
export function attention(runs: AttentionRun[]): string[] {
  const groups = attentionGroups(runs);
  const [softmax, ...others] = groups;
  if (softmax == null) return [];
  const accuracies = (group: (typeof groups)[number]) => group.runs.map(({accuracy}) => accuracy);
  return [
    ...groups.map(({label, runs}) => {
      const patches = mean(runs.map(run => run.patches)).toFixed(1);
      const entropy = percent(mean(runs.map(run => run.entropy)), 0);
      return `${capitalized(label)}: ${patches} patches hold 90% of the weight; the entropy is ${entropy} of that of equal weights.`;
    }),
    ...others.map(
      other =>
        `The accuracies of ${softmax.label} and ${other.label} are ${compared(accuracies(softmax), accuracies(other), points)}.`,
    ),
  ];
}

const points = (difference: number): string => `${(100 * difference).toFixed(1)} points`;
