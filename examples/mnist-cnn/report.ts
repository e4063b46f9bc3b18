import {
  figure,
  figures,
  findingNote,
  page,
  settingsTable,
  stoppedNote,
  table,
} from '../shared/html.js';
import type {Settings} from '../shared/machine.js';
import {colors, PALETTE, SIZE, toSvg} from '../shared/svg.js';
import {finding, type Run, tableHead, tableRows} from './summary.js';

export interface Results {
  settings: Settings;
  /** Whether the training was stopped before its end. */
  stopped: boolean;
  runs: Run[];
}

const COLORS = {'batch norm': PALETTE.blue, 'group norm': PALETTE.red, none: PALETTE.gray};

/** The report as one HTML page, its picture within it. */
export async function toHtml({settings, stopped, runs}: Results): Promise<string> {
  return page('Batch norm and group norm as batches shrink', [
    `<p>A small convolutional network learns the MNIST digits, as in Figure 1 of
      <a href="https://arxiv.org/abs/1803.08494">Wu &amp; He 2018</a>: from the same initial weights,
      on the same digits, with a learning rate in proportion to the batch.</p>`,
    stoppedNote(stopped),
    findingNote(finding(runs)),
    table(tableHead(runs), tableRows(runs)),
    figures([
      figure('Test error', await errorChart(runs), [
        'The share of the test digits that a network gets wrong.',
      ]),
    ]),
    settingsTable(settings),
  ]);
}

const errorChart = (runs: Run[]): Promise<string> =>
  toSvg({
    ...SIZE,
    data: {values: runs},
    mark: {type: 'line', point: {filled: true, size: 50}},
    encoding: {
      x: {
        field: 'batchSize',
        type: 'ordinal',
        sort: 'descending',
        title: 'batch size',
        axis: {labelAngle: 0},
      },
      y: {field: 'error', type: 'quantitative', title: 'test error', axis: {format: '.1%'}},
      color: colors(Object.keys(COLORS), COLORS),
    },
  });
