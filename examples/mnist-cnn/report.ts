import * as vega from 'vega';
import {compile, type TopLevelSpec} from 'vega-lite';
import {NORMALIZATIONS} from './model.js';
import {findings, type Run, table} from './summary.js';

const STYLE = `
body { max-width: 900px; margin: 2rem auto; padding: 0 1rem; font: 15px/1.5 system-ui, sans-serif; }
table { border-collapse: collapse; margin: 1rem 0; }
th, td { padding: 0.3rem 0.9rem 0.3rem 0; text-align: left; border-bottom: 1px solid #ddd; }
`;

/** The report as one HTML page, its picture within it. */
export async function toHtml(runs: Run[], settings: Record<string, unknown>): Promise<string> {
  return `<!doctype html>
<html lang="en">
<head><meta charset="utf-8"><title>Batch norm and group norm as batches shrink</title>
<style>${STYLE}</style></head>
<body>
<h1>Batch norm and group norm as batches shrink</h1>
<p>A small convolutional network learns the MNIST digits, as in Figure 1 of
<a href="https://arxiv.org/abs/1803.08494">Wu &amp; He 2018</a>: from the same initial weights, on the
same digits, with a learning rate in proportion to the batch.</p>
${htmlTable(table(runs))}
${await chart(runs)}
<p>${findings(runs).map(escaped).join('<br>')}</p>
${htmlTable(Object.entries(settings).map(([name, value]) => [name, String(value)]))}
</body>
</html>
`;
}

async function chart(runs: Run[]): Promise<string> {
  const spec = {
    width: 600,
    height: 320,
    background: 'transparent',
    data: {values: runs},
    mark: {type: 'line', point: {filled: true, size: 50}},
    encoding: {
      x: {field: 'batchSize', type: 'ordinal', sort: 'descending', title: 'batch size'},
      y: {field: 'error', type: 'quantitative', title: 'test error', axis: {format: '.1%'}},
      color: {
        field: 'label',
        type: 'nominal',
        title: null,
        scale: {
          domain: NORMALIZATIONS.map(({label}) => label),
          range: NORMALIZATIONS.map(({color}) => color),
        },
      },
    },
  };
  const view = new vega.View(vega.parse(compile(spec as TopLevelSpec).spec), {renderer: 'none'});
  try {
    return await view.toSVG();
  } finally {
    view.finalize();
  }
}

function htmlTable(rows: string[][]): string {
  const cells = (row: string[]) => row.map(cell => `<td>${escaped(cell)}</td>`).join('');
  return `<table>${rows.map(row => `<tr>${cells(row)}</tr>`).join('\n')}</table>`;
}

const ENTITIES: Record<string, string> = {'&': '&amp;', '<': '&lt;', '>': '&gt;'};
const escaped = (text: string): string => text.replace(/[&<>]/g, char => ENTITIES[char]);
