import type {Figure} from './measure.js';

/** A line for each program and backend: what tfjs takes, and how much less each variant takes. */
export function tableOf(figures: Figure[]): string[] {
  const groups = new Map<string, Figure[]>();
  for (const figure of figures) {
    const key = `${figure.program} ${figure.backend}`;
    groups.set(key, [...(groups.get(key) ?? []), figure]);
  }
  const ways = WAYS.filter(way => figures.some(({variant}) => variant === way));
  const heads = ways.map(way => `\`${way}\`, ms | | `).join('');
  return [
    `| | backend | tfjs, ms | ${heads}peak of tensors, MB |`,
    `|---|---|--:|${'--:|--:|'.repeat(ways.length)}--:|`,
    ...[...groups.values()].map(group => lineOf(group, ways)),
  ];
}

/** Each has two columns, if a program runs in this way. */
const WAYS = ['accelerate()', 'foldBatchNorm'];

function lineOf([tfjs, ...others]: Figure[], ways: string[]): string {
  const start = [`${tfjs.program} (${tfjs.size})`, tfjs.backend];
  const none = ways.flatMap(() => ['', '']);
  if (tfjs.not != null) return `| ${[...start, '–', ...none, tfjs.not].join(' | ')} |`;
  const cells = ways.flatMap(name => {
    const found = others.find(({variant}) => variant === name);
    return found == null ? ['', ''] : [digits(found.p10!), `${digits(tfjs.p10! / found.p10!)} ×`];
  });
  const peaks = [tfjs, ...others].map(({peak}) => digits(peak! / 1e6)).join(' → ');
  return `| ${[...start, digits(tfjs.p10!), ...cells, peaks].join(' | ')} |`;
}

/** Two digits behind the point at the most, and three in all. */
const digits = (value: number): string =>
  value >= 100 ? value.toFixed(0) : value >= 10 ? value.toFixed(1) : value.toFixed(2);
