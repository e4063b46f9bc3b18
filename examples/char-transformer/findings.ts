import {deviation, mean} from '../shared/statistics.js';
import {capitalized} from '../shared/words.js';
import {LABELS} from './names.js';
import {type Group, grouped, type Run} from './summary.js';

/** The paper's language models, best first: WikiText-103, perplexities 17.9, 20.9, 21.3, 27.2. */
const PAPER: string[] = [LABELS.power, LABELS.layer, LABELS.pnv, LABELS.batch];

/** Who was best, by how much, and whether that is the paper's order. */
export function ordering(runs: Run[]): string[] {
  const groups = grouped(runs).filter(({perplexities}) => perplexities.length > 0);
  if (groups.length < 2) return [];
  const sorted = [...groups].sort((a, b) => mean(a.perplexities) - mean(b.perplexities));
  const steps = sorted.slice(1).map((worse, i) => {
    const better = sorted[i];
    return `${capitalized(better.label)} before ${worse.label}: ${compared(better, worse)}.`;
  });
  const tried = sorted.map(({label}) => label).filter(label => PAPER.includes(label));
  if (tried.length < PAPER.length) return steps;
  const isPapers = tried.every((label, i) => label === PAPER[i]);
  const order = PAPER.join(', ');
  return [
    ...steps,
    `The paper's order, best first (${order}), ${isPapers ? 'shows here' : 'does not show here'}.`,
  ];
}

function compared(better: Group, worse: Group): string {
  const difference = mean(worse.perplexities) - mean(better.perplexities);
  const apart = `${difference.toFixed(3)} apart`;
  const [a, b] = [better, worse].map(({perplexities}) => deviation(perplexities));
  if (a == null || b == null) return `${apart}, from one training each`;
  return difference > a + b
    ? `${apart}, more than both standard deviations together`
    : `${apart}, within the standard deviations`;
}

/** How much each normalization loses where it may not use the batch. */
export const gaps = (runs: Run[]): string[] =>
  grouped(runs)
    .filter(({gaps}) => gaps.length > 0)
    .map(({label, gaps}) => {
      const gap = mean(gaps);
      if (gaps.every(gap => gap === 0)) return `${capitalized(label)}: both modes are the same.`;
      const which = gap > 0 ? 'worse' : 'better';
      return `${capitalized(label)}: inference is ${Math.abs(gap).toFixed(4)} nats ${which}.`;
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
