import type {Settings} from './machine.js';
import {TOOLTIP_SCRIPT, TOOLTIP_STYLE} from './tooltip.js';

const STYLE = `
:root { color-scheme: light dark; --page: #fff; --text: #222; --faint: #555; --line: #ddd; --note: #fff4d6; }
@media (prefers-color-scheme: dark) {
  :root { --page: #181a1b; --text: #e6e6e6; --faint: #b3b3b3; --line: #44484a; --note: #4a3b12; }
}
body {
  max-width: 1100px;
  margin: 2rem auto;
  padding: 0 1rem;
  font: 15px/1.5 system-ui, sans-serif;
  color: var(--text);
  background: var(--page);
  overflow-wrap: break-word;
}
h1 { font-size: 1.5rem; line-height: 1.25; }
h2 { font-size: 1.1rem; margin: 0 0 0.5rem; }
table { border-collapse: collapse; }
th, td { padding: 0.3rem 0.9rem 0.3rem 0; text-align: left; border-bottom: 1px solid var(--line); }
td { font-variant-numeric: tabular-nums; }
.scroll { overflow-x: auto; margin: 1rem 0; }
.scroll :is(th, td):first-child { position: sticky; left: 0; background: var(--page); }
.figures { display: grid; grid-template-columns: repeat(auto-fit, minmax(min(340px, 100%), 1fr)); gap: 2.5rem 2rem; margin: 2rem 0; }
figure { margin: 0; }
figure svg { display: block; width: 100%; max-width: 26rem; height: auto; }
figcaption { margin-top: 0.4rem; font-size: 0.9rem; color: var(--faint); }
.finding { font-size: 1.15rem; font-weight: 600; }
dt { font-weight: 600; }
dd { margin: 0 0 0.6rem; }
.stopped { padding: 0.5rem 1rem; background: var(--note); }
`;

// Outside of the page, where its colors are not defined, a picture is dark on white.
const PICTURE_COLORS = 'background:var(--page,#fff);color:var(--text,#222)';

/** A page that needs nothing but itself; `parts` are HTML. */
export const page = (title: string, parts: string[]): string => `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>${escaped(title)}</title>
<style>${STYLE}${TOOLTIP_STYLE}</style>
</head>
<body>
<h1>${escaped(title)}</h1>
${parts.join('\n')}
<script>${TOOLTIP_SCRIPT}</script>
</body>
</html>
`;

export const stoppedNote = (stopped: boolean): string =>
  stopped ? '<p class="stopped">Stopped before the end: this is what ran so far.</p>' : '';

/** The run's finding, in one sentence. */
export const findingNote = (sentence: string): string =>
  `<p class="finding">${escaped(sentence)}</p>`;

/** A claim about normalization, and a run's answer to it. */
export interface Claim {
  claim: string;
  finding: string;
}

export const claimList = (claims: Claim[]): string =>
  `<dl>${claims.map(each => `<dt>${escaped(each.claim)}</dt><dd>${escaped(each.finding)}</dd>`).join('\n')}</dl>`;

export const sentences = (lines: string[]): string => `<p>${lines.map(escaped).join('<br>')}</p>`;

export const figure = (title: string, svg: string, lines: string[]): string => `<figure>
<h2>${escaped(title)}</h2>
${svg.replace('<svg ', `<svg style="${PICTURE_COLORS}" role="img" aria-label="${escaped(title)}" `)}
<figcaption>${lines.map(escaped).join('<br>')}</figcaption>
</figure>`;

export const figures = (all: string[]): string => `<div class="figures">${all.join('\n')}</div>`;

export function table(head: string[], rows: string[][]): string {
  const row = (tag: string, cells: string[]) =>
    `<tr>${cells.map(cell => `<${tag}>${escaped(cell)}</${tag}>`).join('')}</tr>`;
  const body = rows.map(cells => row('td', cells)).join('\n');
  return `<div class="scroll"><table><thead>${row('th', head)}</thead><tbody>${body}</tbody></table></div>`;
}

export const settingsTable = (settings: Settings): string =>
  '<h2>Settings</h2>' +
  table(
    ['setting', 'value'],
    Object.entries(settings).map(entry => entry.map(String)),
  );

const ENTITIES: Record<string, string> = {'&': '&amp;', '<': '&lt;', '>': '&gt;', '"': '&quot;'};
const escaped = (text: string): string => text.replace(/[&<>"]/g, char => ENTITIES[char]);
