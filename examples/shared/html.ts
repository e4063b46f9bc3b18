import type {Settings} from './machine.js';
import {STYLE} from './style.js';

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
export const escaped = (text: string): string => text.replace(/[&<>"]/g, char => ENTITIES[char]);
