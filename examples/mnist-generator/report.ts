import {
  figure,
  figures,
  findingNote,
  page,
  sentences,
  settingsTable,
  stoppedNote,
  table,
} from '../shared/html.js';
import type {Settings} from '../shared/machine.js';
import {colors, markedAxis, PALETTE, POINT, SIZE, toSvg} from '../shared/svg.js';
import {LABELS} from './model.js';
import {type Sheet, sheetSvg} from './pictures.js';
import {cost, finding, labelOf, type Run, TABLE_HEAD, tableRows} from './summary.js';

export interface Results {
  settings: Settings;
  /** Whether the training was stopped before its end. */
  stopped: boolean;
  runs: Run[];
  /** The digits that the networks drew, in the order of the runs. */
  drawn: Sheet[];
  /** How the first one got there from noise. */
  path: Sheet;
}

const COLORS = {[LABELS.adaptive]: PALETTE.red, [LABELS.input]: PALETTE.blue};

/** The report as one HTML page, its pictures within it. */
export async function toHtml({settings, stopped, runs, drawn, path}: Results): Promise<string> {
  const from = 'Each column has the digit that was asked for; nobody has chosen among them.';
  return page('Drawing digits of a class', [
    `<p>Two small networks learn to lead noise to MNIST digits
      (<a href="https://arxiv.org/abs/2210.02747">flow matching</a>). One is told the digit's class and the time by
      <a href="https://arxiv.org/abs/2212.09748">adaptive layer norm</a>, whose scale and shift come from them in every
      block, the other at its input alone.</p>`,
    stoppedNote(stopped),
    findingNote(finding(runs)),
    table(TABLE_HEAD, tableRows(runs)),
    sentences(cost(runs)),
    figures([
      ...drawn.map((sheet, i) => figure(`Drawn: ${labelOf(runs[i])}`, sheetSvg(sheet), [from])),
      figure('From noise to digits', sheetSvg(path), ['The steps of the first network.']),
      figure('Test loss', await lossChart(runs), [
        'The squared error of the velocity from noise to digit, on digits that are not learnt from.',
      ]),
    ]),
    settingsTable(settings),
  ]);
}

function lossChart(runs: Run[]): Promise<string> {
  const values = runs.flatMap(run =>
    run.evaluations.map(({step, loss}) => ({label: labelOf(run), step, loss})),
  );
  const losses = values.map(({loss}) => loss);
  const {scale, axis} = markedAxis([0.1, 0.2, 0.3, 0.5, 1, 2, 3, 5, 10, 20], losses);
  return toSvg({
    ...SIZE,
    data: {values},
    mark: {type: 'line', point: POINT},
    encoding: {
      x: {
        field: 'step',
        type: 'quantitative',
        title: 'training step',
        axis: {grid: false, tickMinStep: 1},
      },
      y: {
        field: 'loss',
        type: 'quantitative',
        title: 'test loss',
        axis,
        scale: {type: 'log', ...scale},
      },
      color: colors(Object.keys(COLORS), COLORS),
    },
  });
}
