import * as charts from './charts.js';
import * as findings from './findings.js';
import {STYLE} from './style.js';
import {labelOf, type Run, TABLE_HEAD, tableRows} from './summary.js';

export interface Results {
  settings: Record<string, string | number>;
  /** Whether the training was stopped before its end. */
  stopped: boolean;
  runs: Run[];
}

const TITLE = 'Normalizations of a small transformer';

/** The report as one HTML page, its pictures within it. */
export async function toHtml({settings, stopped, runs}: Results): Promise<string> {
  const figures = [
    figure('Validation perplexity during the training', await charts.perplexityChart(runs), [
      'A character, with running statistics; line: mean over the seeds, band: their range.',
    ]),
    figure('What inference loses', await charts.gapChart(runs), [
      "The loss with running statistics less that with the batch's, in nats, on the same text.",
      ...findings.gaps(runs),
    ]),
    ...(charts.hasDrifts(runs)
      ? [
          figure('Batch statistics and running statistics', await charts.driftChart(runs), [
            'Figure 2 of the paper: how far those of a training batch are from the running ones, in each layer; relative, the mean over the seeds.',
            ...findings.drift(runs),
          ]),
        ]
      : []),
  ];
  return page([
    `<h1>${TITLE}</h1>`,
    `<p>One transformer learns to go on with Moby Dick, character by character, with each
      normalization in turn: from the same initial weights, on the same batches. After
      <a href="https://arxiv.org/abs/2003.07845">Shen et al. 2020</a>.</p>`,
    ...(stopped ? ['<p class="stopped">Stopped before the end: this is what ran so far.</p>'] : []),
    table(TABLE_HEAD, tableRows(runs)),
    `<p>${findings.ordering(runs).map(escaped).join('<br>')}</p>`,
    `<div class="figures">${figures.join('\n')}</div>`,
    '<h2>What the models write</h2>',
    ...samples(runs),
    '<h2>Settings</h2>',
    table(
      ['setting', 'value'],
      Object.entries(settings).map(entry => entry.map(String)),
    ),
  ]);
}

/** Of the first seed; the others' are in results.json. */
function samples(runs: Run[]): string[] {
  const [{seed}] = runs;
  return runs.flatMap(run =>
    run.final == null || run.seed !== seed
      ? []
      : `<h3>${escaped(labelOf(run))}</h3><pre>${escaped(run.final.text)}</pre>`,
  );
}

const figure = (title: string, svg: string, sentences: string[]): string => `<figure>
<h2>${escaped(title)}</h2>
${svg.replace('<svg ', `<svg role="img" aria-label="${escaped(title)}" `)}
<figcaption>${sentences.map(escaped).join('<br>')}</figcaption>
</figure>`;

function table(head: string[], rows: string[][]): string {
  const row = (tag: string, cells: string[]) =>
    `<tr>${cells.map(cell => `<${tag}>${escaped(cell)}</${tag}>`).join('')}</tr>`;
  const body = rows.map(cells => row('td', cells)).join('\n');
  return `<table><thead>${row('th', head)}</thead><tbody>${body}</tbody></table>`;
}

const page = (parts: string[]): string => `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>${TITLE}</title>
<style>${STYLE}</style>
</head>
<body>
${parts.join('\n')}
</body>
</html>
`;

const ENTITIES: Record<string, string> = {'&': '&amp;', '<': '&lt;', '>': '&gt;', '"': '&quot;'};
const escaped = (text: string): string => text.replace(/[&<>"]/g, char => ENTITIES[char]);
