import {
  claimList,
  figure,
  figures,
  findingNote,
  page,
  settingsTable,
  stoppedNote,
  table,
} from '../shared/html.js';
import type {Settings} from '../shared/machine.js';
import * as charts from './charts.js';
import {claims} from './claims.js';
import * as findings from './findings.js';
import {DEEP, type Stability} from './stability.js';
import {type Run, TABLE_HEAD, tableRows} from './summary.js';
import type {Sweep} from './sweep.js';

export interface Results {
  settings: Settings;
  /** Whether the training was stopped before its end. */
  stopped: boolean;
  runs: Run[];
  stability: Stability[];
  sweep?: Sweep;
}

/** The report as one HTML page, its pictures within it. */
export async function toHtml(results: Results): Promise<string> {
  const {settings, stopped, runs, stability, sweep} = results;
  const pictures = [
    figure('Test accuracy', await charts.accuracyChart(runs), [
      ...findings.convergence(runs),
      ...findings.agreement(runs),
    ]),
    figure('Training loss', await charts.lossChart(runs), [
      'Each point is the mean over the steps since the point before.',
    ]),
    figure('Time', await charts.timeChart(runs), [
      'The whole training step counts, dense layers too; the networks took turns.',
      ...findings.speed(runs),
    ]),
    figure("A sigmoid's input in the last hidden layer", await charts.sigmoidInputChart(runs), [
      'Line: the median over the test digits; band: from the 15th to the 85th percentile.',
      ...findings.sigmoidInput(runs),
    ]),
    ...(await stabilityFigures(runs, stability)),
    ...(sweep == null ? [] : await sweepFigures(runs, sweep)),
  ];
  return page('Deep sigmoid networks with and without normalization', [
    `<p>Three hidden layers of 100 sigmoid units learn the MNIST digits, as in Figure 1 of
      <a href="https://arxiv.org/abs/1502.03167">Ioffe &amp; Szegedy 2015</a>: from the same initial
      weights, on the same batches.</p>`,
    stoppedNote(stopped),
    findingNote(findings.finding(runs)),
    table(TABLE_HEAD, tableRows(runs)),
    claimList(claims(results)),
    figures(pictures),
    settingsTable(settings),
  ]);
}

const stabilityFigures = async (runs: Run[], stability: Stability[]): Promise<string[]> => [
  figure(`Gradient across ${DEEP} layers`, await charts.depthChart(runs, stability, 'gradients'), [
    `Before the first step, with ${DEEP} hidden layers: the root of the mean square of the loss's gradient by each layer's kernel.`,
    ...findings.acrossDepth(stability, 'gradients'),
  ]),
  figure(
    `Activations across ${DEEP} layers`,
    await charts.depthChart(runs, stability, 'activations'),
    [
      'In the same networks: the standard deviation of a sigmoid over the digits, mean over the units.',
      ...findings.acrossDepth(stability, 'activations'),
    ],
  ),
];

async function sweepFigures(runs: Run[], {steps, stddev, learningRate}: Sweep): Promise<string[]> {
  const after = `Test accuracy after ${steps} steps`;
  const kinds = [
    {points: stddev, title: 'standard deviation of the initial weights'},
    {points: learningRate, title: 'learning rate'},
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
