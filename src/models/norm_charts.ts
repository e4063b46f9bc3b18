/** Drawings of what `watchNorms` records. */
import type {NormRecord} from './watch_norms.js';

type Key = 'mean' | 'deviation' | 'negative' | 'gradient';
const KEYS: readonly Key[] = ['mean', 'deviation', 'negative', 'gradient'];
const BARS = '▁▂▃▄▅▆▇█';
/** The most bars of a line of text. */
const WIDTH = 24;

function byLayer(records: readonly NormRecord[]): Map<string, NormRecord[]> {
  const layers = new Map<string, NormRecord[]>();
  for (const record of records) {
    layers.set(record.layer, [...(layers.get(record.layer) ?? []), record]);
  }
  return layers;
}

/** From the lowest to the highest value that is finite; 0 and 1 where all are alike. */
function rangeOf(values: readonly number[]): [low: number, high: number] {
  const finite = values.filter(Number.isFinite);
  const low = Math.min(...finite);
  const high = Math.max(...finite);
  return high > low ? [low, high] : [low - 1, high + 1];
}

const short = (value: number): string => Number(value.toPrecision(3)).toString();

function bars(values: readonly number[]): string {
  const [low, high] = rangeOf(values);
  const count = Math.min(WIDTH, values.length);
  const picked = Array.from(
    {length: count},
    (_, i) => values[Math.floor((i * values.length) / count)],
  );
  return picked
    .map(value => BARS[Math.round(((value - low) / (high - low)) * (BARS.length - 1))] ?? '?')
    .join('');
}

/** A line for each layer and number: the bars, and the first and last value. */
export function chartsAsText(records: readonly NormRecord[]): string {
  const layers = [...byLayer(records)];
  const width = Math.max(0, ...layers.map(([layer]) => layer.length));
  return layers
    .flatMap(([layer, own]) =>
      KEYS.map((key, i) => {
        const values = own.map(record => record[key]);
        const name = (i === 0 ? layer : '').padEnd(width);
        const ends = `${short(values[0])} → ${short(values[values.length - 1])}`;
        return `${name}  ${key.padEnd(9)}  ${bars(values).padEnd(WIDTH)}  ${ends}`;
      }),
    )
    .join('\n');
}

const ENTITIES: Record<string, string> = {'&': '&amp;', '<': '&lt;', '>': '&gt;', '"': '&quot;'};
const escaped = (text: string): string => text.replace(/[&<>"]/g, char => ENTITIES[char]);

function curve(records: readonly NormRecord[], key: Key): string {
  const values = records.map(record => record[key]);
  const [low, high] = rangeOf(values);
  const last = records[records.length - 1].step || 1;
  const points = records
    .filter(record => Number.isFinite(record[key]))
    .map(record => {
      const x = (200 * record.step) / last;
      const y = 58 - (56 * (record[key] - low)) / (high - low);
      return `${x.toFixed(1)},${y.toFixed(1)}`;
    });
  return (
    `<figure><figcaption>${key}: ${short(values[0])} → ${short(values[values.length - 1])}</figcaption>` +
    `<svg viewBox="0 0 200 60" role="img" aria-label="${key}"><polyline points="${points.join(' ')}" ` +
    'fill="none" stroke="currentColor" stroke-width="1.5"/></svg></figure>'
  );
}

/** A page with four curves for each layer. */
export function chartsAsHtml(title: string, records: readonly NormRecord[]): string {
  const sections = [...byLayer(records)].map(
    ([layer, own]) =>
      `<h2>${escaped(layer)}</h2><div>${KEYS.map(key => curve(own, key)).join('')}</div>`,
  );
  return `<!doctype html>
<html lang="en"><head><meta charset="utf-8"><title>${escaped(title)}</title><style>
:root { color-scheme: light dark } body { font: 14px system-ui, sans-serif; margin: 2rem }
div { display: flex; flex-wrap: wrap; gap: 1rem } figure { margin: 0; width: 14rem }
</style></head><body><h1>Norm layers of ${escaped(title)}</h1>
${sections.join('\n')}
</body></html>
`;
}
