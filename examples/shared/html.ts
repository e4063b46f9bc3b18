import type {Settings} from './machine.js';

const STYLE = `
body {
  max-width: 1100px;
  margin: 2rem auto;
  padding: 0 1rem;
  font: 15px/1.5 system-ui, sans-serif;
  color: #222;
  background: #fff;
}
h1 { font-size: 1.5rem; }
h2 { font-size: 1.1rem; margin: 0 0 0.5rem; }
table { border-collapse: collapse; margin: 1rem 0; }
th, td { padding: 0.3rem 0.9rem 0.3rem 0; text-align: left; border-bottom: 1px solid #ddd; }
td { font-variant-numeric: tabular-nums; }
.figures { display: grid; grid-template-columns: repeat(auto-fit, minmax(min(500px, 100%), 1fr)); gap: 2.5rem 2rem; margin: 2rem 0; }
.wide { grid-column: 1 / -1; }
figure { margin: 0; max-width: 100%; }
figure svg { max-width: 100%; height: auto; }
figcaption { font-size: 0.9rem; color: #555; }
.stopped { padding: 0.5rem 1rem; background: #fff4d6; }
`;

/** A page that needs nothing but itself; `parts` are HTML. */
export const page = (title: string, parts: string[]): string => `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>${escaped(title)}</title>
<style>${STYLE}</style>
</head>
<body>
<h1>${escaped(title)}</h1>
${parts.join('\n')}
</body>
</html>
`;

export const stoppedNote = (stopped: boolean): string =>
  stopped ? '<p class="stopped">Stopped before the end: this is what ran so far.</p>' : '';

export const sentences = (lines: string[]): string => `<p>${lines.map(escaped).join('<br>')}</p>`;

export const figure = (
  title: string,
  svg: string,
  lines: string[],
  kind = '',
): string => `<figure class="${kind}">
<h2>${escaped(title)}</h2>
${svg.replace('<svg ', `<svg role="img" aria-label="${escaped(title)}" `)}
<figcaption>${lines.map(escaped).join('<br>')}</figcaption>
</figure>`;

export const figures = (all: string[]): string => `<div class="figures">${all.join('\n')}</div>`;

export function table(head: string[], rows: string[][]): string {
  const row = (tag: string, cells: string[]) =>
    `<tr>${cells.map(cell => `<${tag}>${escaped(cell)}</${tag}>`).join('')}</tr>`;
  const body = rows.map(cells => row('td', cells)).join('\n');
  return `<table><thead>${row('th', head)}</thead><tbody>${body}</tbody></table>`;
}

export const settingsTable = (settings: Settings): string =>
  '<h2>Settings</h2>' +
  table(
    ['setting', 'value'],
    Object.entries(settings).map(entry => entry.map(String)),
  );

const ENTITIES: Record<string, string> = {'&': '&amp;', '<': '&lt;', '>': '&gt;', '"': '&quot;'};
const escaped = (text: string): string => text.replace(/[&<>"]/g, char => ENTITIES[char]);
