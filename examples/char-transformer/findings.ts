import {deviation, isApart, mean} from '../shared/statistics.js';
import {capitalized, compared} from '../shared/words.js';
import {LABELS} from './names.js';
import {type Group, grouped, type Run} from './summary.js';

/** The order of the language models in the paper's abstract, best first. PN-V is not in it. */
const PAPER: string[] = [LABELS.power, LABELS.layer, LABELS.batch];

/** Says which normalization has the lowest perplexity, and how far before the next. */
export function finding(runs: Run[]): string {
  const [best, next] = sortedGroups(runs);
  if (best == null) return 'No training came to its end.';
  const perplexity = (group: Group) => mean(group.perplexities).toFixed(3);
  if (next == null) return `The validation perplexity is ${perplexity(best)} with ${best.label}.`;
  return (
    `${capitalized(best.label)} has the lowest validation perplexity, ${perplexity(best)}, ` +
    `before ${next.label} with ${perplexity(next)}: ${comparedBy(best, next)}.`
  );
}

/** The order of the normalizations, by how much they differ, and whether it is the paper's. */
export function ordering(runs: Run[]): string[] {
  const sorted = sortedGroups(runs);
  const steps = sorted.slice(1).map((worse, i) => {
    const better = sorted[i];
    return `${capitalized(better.label)} before ${worse.label}: ${comparedBy(better, worse)}.`;
  });
  return [...steps, ...papersOrder(sorted)];
}

/** The normalizations that were trained to the end, the lowest perplexity first. */
const sortedGroups = (runs: Run[]): Group[] =>
  grouped(runs)
    .filter(({perplexities}) => perplexities.length > 0)
    .sort((a, b) => mean(a.perplexities) - mean(b.perplexities));

function papersOrder(sorted: Group[]): string[] {
  const tried = sorted.filter(({label}) => PAPER.includes(label));
  if (tried.length < PAPER.length) return [];
  const order = `The paper's order, best first (${PAPER.join(', ')}),`;
  if (tried.some(({label}, i) => label !== PAPER[i])) return [`${order} does not show here.`];
  const isClear = tried
    .slice(1)
    .every((worse, i) => isApart(tried[i].perplexities, worse.perplexities));
  return [
    isClear ? `${order} shows here.` : `${order} is that of the means here, but not a clear one.`,
  ];
}

const comparedBy = (better: Group, worse: Group): string =>
  compared(better.perplexities, worse.perplexities, difference => difference.toFixed(3));

/** How much each normalization loses when it may not use the batch. */
export const gaps = (runs: Run[]): string[] =>
  grouped(runs)
    .filter(({gaps}) => gaps.length > 0)
    .map(({label, gaps}) => {
      if (gaps.every(gap => gap === 0)) return `${capitalized(label)}: both modes are the same.`;
      const [gap, around] = [mean(gaps), deviation(gaps)];
      const which = gap > 0 ? 'worse' : 'better';
      const how = `${Math.abs(gap).toFixed(4)} nats ${which}`;
      const clear =
        around != null && Math.abs(gap) <= around ? ', within the standard deviation' : '';
      return `${capitalized(label)}: inference is ${how}${clear}.`;
    });

/** How far the batch was from the running statistics in the last half of the training. */
export function drift(runs: Run[]): string[] {
  return grouped(runs).flatMap(({label, runs}) => {
    const late = runs.flatMap(({evaluations}) =>
      evaluations.slice(Math.floor(evaluations.length / 2)).flatMap(({drifts}) => drifts),
    );
    return [...new Set(late.map(({statistic}) => statistic))].map(statistic => {
      const distances = late
        .filter(drift => drift.statistic === statistic)
        .map(({distance}) => distance);
      return (
        `${capitalized(label)}, ${statistic}, in the second half: ${mean(distances).toFixed(3)} ` +
        `on average, ${Math.max(...distances).toFixed(3)} at most.`
      );
    });
  });
}
