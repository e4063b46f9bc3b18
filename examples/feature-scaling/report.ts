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
import * as charts from './charts.js';
import * as findings from './findings.js';
import {type LinearResults, type NetworkRun, stepsTo, TABLE_HEAD, tableRows} from './summary.js';

export interface Results {
  settings: Settings;
  /** Whether the training was stopped before its end. */
  stopped: boolean;
  /** The standard deviation of each feature. */
  scales: number[];
  linear: LinearResults;
  networks: NetworkRun[];
}

const hasReached = ({runs, targetLoss}: LinearResults): boolean =>
  runs.some(run => (stepsTo(run, targetLoss) ?? 0) > 0);

/** The report as one HTML page, its pictures within it. */
export async function toHtml(results: Results): Promise<string> {
  const {settings, stopped, scales, linear, networks} = results;
  return page('Features whose scales differ by orders of magnitude', [
    `<p>Cars of the years 1970 to 1982: how far do they go on a gallon? A linear model and a small
      network learn it by gradient descent from the features as they are, behind
      <code>Normalization</code>, which learnt their means and variances beforehand, and behind
      <code>batchNormalization</code>, which learns them in the training.</p>`,
    stoppedNote(stopped),
    findingNote(findings.finding(linear)),
    table(TABLE_HEAD, tableRows(linear, networks)),
    figures([
      figure('The features', await charts.scaleChart(scales), [
        `The largest standard deviation is ${(Math.max(...scales) / Math.min(...scales)).toFixed(0)} times the smallest.`,
      ]),
      figure('Linear model: loss at the best learning rate', await charts.lossChart(linear), [
        'Gradient descent on all training rows in each step, from zero weights. The gray line is the target: 1.1 times the least loss that a linear model can have.',
        ...findings.conditioning(linear),
      ]),
      figure('Linear model: which learning rates train', await charts.rateChart(linear), [
        'Where a curve ends, larger learning rates diverge. The prediction in the table is 2 over the largest curvature.',
      ]),
      ...(hasReached(linear)
        ? [
            figure(
              'Linear model: steps to the target by learning rate',
              await charts.stepsChart(linear),
              findings.reached(linear),
            ),
          ]
        : []),
      figure("Linear model: the gradient's oscillation", await charts.oscillationChart(linear), [
        'The share of the steps whose gradient has an angle of more than 90° with the one before.',
        ...findings.turns(linear),
      ]),
      ...(networks.length === 0
        ? []
        : [
            figure('Network: error on held-out cars', await charts.networkChart(networks), [
              'Line: the mean over the seeds; band: their range. Each seed has a split and initial weights of its own. The sentences are of the learning rate that the validation rows choose.',
              ...findings.generalization(networks),
            ]),
          ]),
    ]),
    settingsTable(settings),
  ]);
}
