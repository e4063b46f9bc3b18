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
import * as charts from './charts.js';
import * as findings from './findings.js';
import {type Run, TABLE_HEAD, tableRows} from './summary.js';

export interface Results {
  settings: Settings;
  /** Whether the training was stopped before its end. */
  stopped: boolean;
  runs: Run[];
}

/** The report as one HTML page, its pictures within it. */
export async function toHtml({settings, stopped, runs}: Results): Promise<string> {
  const pictures = [
    figure('Validation perplexity during the training', await charts.perplexityChart(runs), [
      'The perplexity of a character, with running statistics. Line: the mean over the seeds; band: their range.',
    ]),
    figure('What inference loses', await charts.gapChart(runs), [
      "The loss with running statistics minus the loss with the batch's, in nats, on the same text. The batch's know of the characters to come.",
      ...findings.gaps(runs),
    ]),
    ...(charts.hasDrifts(runs)
      ? [
          figure('Batch statistics and running statistics', await charts.driftChart(runs), [
            'As in Figure 2 of the paper: how far the statistics of a training batch are from the running ones in each layer, relative to these; the mean over the seeds.',
            ...findings.drift(runs),
          ]),
        ]
      : []),
  ];
  return page('Normalizations of a small transformer', [
    `<p>One transformer learns to go on with Moby Dick, character by character, with each
      normalization in turn: from the same initial weights, on the same batches. After
      <a href="https://arxiv.org/abs/2003.07845">Shen et al. 2020</a>.</p>`,
    stoppedNote(stopped),
    findingNote(findings.finding(runs)),
    table(TABLE_HEAD, tableRows(runs)),
    sentences(findings.ordering(runs)),
    figures(pictures),
    settingsTable(settings),
  ]);
}
