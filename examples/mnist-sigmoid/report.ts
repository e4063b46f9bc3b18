import * as charts from './charts.js';
import * as findings from './findings.js';
import {STYLE} from './style.js';
import {type Run, TABLE_HEAD, tableRows} from './summary.js';
import type {Sweep} from './sweep.js';

export interface Results {
  settings: Record<string, string | number>;
  /** Whether the training was stopped before its end. */
  stopped: boolean;
  runs: Run[];
  sweep?: Sweep;
}

/** The report as one HTML page, its pictures within it. */
export async function toHtml({settings, stopped, runs, sweep}: Results): Promise<string> {
  const figures = [
    figure('Test accuracy', await charts.accuracyChart(runs), [
      ...findings.convergence(runs),
      ...findings.agreement(runs),
    ]),
    figure('Training loss', await charts.lossChart(runs), [
      'Each point is the mean over the steps since the point before.',
    ]),
    figure(
      "A sigmoid's input in the last hidden layer",
      await charts.sigmoidInputChart(runs),
      [
        'Line: the median over the test digits; band: from the 15th to the 85th percentile.',
        ...findings.sigmoidInput(runs),
      ],
      'wide',
    ),
    ...(sweep == null ? [] : await sweepFigures(runs, sweep)),
    figure('Time', await charts.timeChart(runs), [
      'Of the whole training step, dense layers and all, measured while the networks took turns.',
      ...findings.speed(runs),
    ]),
  ];
  return page([
    '<h1>Deep sigmoid networks with and without normalization</h1>',
    `<p>Three hidden layers of 100 sigmoid units learn the MNIST digits, as in Figure 1 of
      <a href="https://arxiv.org/abs/1502.03167">Ioffe &amp; Szegedy 2015</a>: from the same initial
      weights, on the same batches.</p>`,
    ...(stopped ? ['<p class="stopped">Stopped before the end: this is what ran so far.</p>'] : []),
    table(TABLE_HEAD, tableRows(runs)),
    `<div class="figures">${figures.join('\n')}</div>`,
    '<h2>Settings</h2>',
    table(
      ['setting', 'value'],
      Object.entries(settings).map(entry => entry.map(String)),
    ),
  ]);
}

async function sweepFigures(runs: Run[], {steps, learningRate, stddev}: Sweep): Promise<string[]> {
  const after = `Test accuracy after ${steps} steps`;
  const kinds = [
    {points: learningRate, title: 'learning rate'},
    {points: stddev, title: 'standard deviation of the initial weights'},
  ];
  return Promise.all(
    kinds
      .filter(({points}) => points.length > 0)
      .map(async ({points, title}) =>
        figure(
          `${after}, by ${title}`,
          await charts.sweepChart(runs, points, title),
          findings.sensitivity(points),
        ),
      ),
  );
}

const figure = (
  title: string,
  svg: string,
  sentences: string[],
  kind = '',
): string => `<figure class="${kind}">
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
<title>Deep sigmoid networks with and without normalization</title>
<style>${STYLE}</style>
</head>
<body>
${parts.join('\n')}
</body>
</html>
`;

const ENTITIES: Record<string, string> = {'&': '&amp;', '<': '&lt;', '>': '&gt;', '"': '&quot;'};
const escaped = (text: string): string => text.replace(/[&<>"]/g, char => ENTITIES[char]);
