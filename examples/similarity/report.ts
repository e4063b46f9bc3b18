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
import {
  ATTENTION_HEAD,
  attentionRows,
  type AttentionRun,
  EMBEDDING_HEAD,
  embeddingRows,
  type EmbeddingRun,
  type Precisions,
} from './summary.js';

export interface Results {
  settings: Settings;
  /** Whether the training was stopped before its end. */
  stopped: boolean;
  pixels: Precisions;
  embeddings: EmbeddingRun[];
  attentions: AttentionRun[];
}

const BAND = 'Line: the mean over the seeds; band: their range.';

/** The report as one HTML page, its pictures within it. */
export async function toHtml(results: Results): Promise<string> {
  const {settings, stopped, pixels, embeddings, attentions} = results;
  const hasAttention = attentions.length > 0;
  return page('L2 and L1 normalization at work: similarity and attention', [
    `<p>A network learns to put digits of a class near each other, with
      <code>unitNormalization</code> at its end and without; it is trained on the classes 0 to 4, and
      searched for digits of these and of the new classes 5 to 9. Another one tells all digits by
      attention to their patches, whose weights come from softmax or from
      <code>l1Normalization</code>.</p>`,
    stoppedNote(stopped),
    findingNote(findings.finding(results)),
    table(EMBEDDING_HEAD, embeddingRows(embeddings, pixels)),
    ...(hasAttention ? [table(ATTENTION_HEAD, attentionRows(attentions))] : []),
    figures([
      figure('Retrieval of new classes', await charts.precisionChart(embeddings, 'unseen'), [
        `The share of the ten nearest digits that are of the query's class. ${BAND} The sentences are of the temperature at which the classes of the training are retrieved best.`,
        ...findings.retrieval(embeddings),
        findings.pixelsFinding(pixels, embeddings),
      ]),
      figure(
        'Retrieval of the classes of the training',
        await charts.precisionChart(embeddings, 'seen'),
        [BAND, ...findings.trainedClasses(embeddings)],
      ),
      ...(hasAttention
        ? [
            figure('Attention weights', await charts.weightChart(attentions), [
              "The mean over the test digits and the seeds of the heaviest patch's weight, of the next one's, and so on.",
              ...findings.attention(attentions),
            ]),
          ]
        : []),
    ]),
    settingsTable(settings),
  ]);
}
