import {fileURLToPath} from 'node:url';
import * as tf from '@tensorflow/tfjs';
import {chooseBackend, describeProbes} from '../shared/backend.js';
import {machine} from '../shared/machine.js';
import {loadMnist} from '../shared/mnist.js';
import {INTERRUPTED, makeFolder, runProgram, writeReport} from '../shared/program.js';
import {withProgress} from '../shared/progress.js';
import {toText} from '../shared/words.js';
import * as attention from './attention.js';
import * as embedding from './embedding.js';
import {precisions, searchesOf, trainAttentions, trainEmbeddings} from './experiments.js';
import {parseOptions, USAGE} from './options.js';
import {toHtml} from './report.js';
import {GALLERY, QUERIES, RETRIEVED} from './retrieval.js';
import {ATTENTION_HEAD, attentionRows, EMBEDDING_HEAD, embeddingRows} from './summary.js';

async function main(args: string[], signal: AbortSignal): Promise<number> {
  const options = parseOptions(args);
  if (options.help) {
    console.log(USAGE);
    return 0;
  }
  const {steps, seeds} = options;
  const out = makeFolder(options.out ?? fileURLToPath(new URL('report', import.meta.url)));
  // This turns off tfjs's own checks, and its advice to install tfjs-node.
  tf.enableProdMode();
  const mnist = loadMnist();
  const {backend, probes} = await chooseBackend(options.backend, () =>
    embedding.trialStep(mnist.training),
  );
  console.log(`Backend: ${backend}. Ctrl-C ends early.\n`);

  const searches = searchesOf(mnist);
  const {embeddings, attentions} = await withProgress(async progress => {
    const onProgress = (label: string, done: number, all: number, status: string) =>
      progress.show(label, {label, done, all, status});
    const common = {mnist, seeds, signal, onProgress};
    const embeddings = await trainEmbeddings(searches, {...common, steps});
    const attentions = signal.aborted ? [] : await trainAttentions({...common, steps: 2 * steps});
    return {embeddings, attentions};
  });
  const stopped = signal.aborted;
  if (embeddings.length === 0) {
    console.log('Stopped before the first embedding was trained: there is nothing to report.');
    return INTERRUPTED;
  }
  const pixels = precisions(searches);
  console.log(`\n${toText([EMBEDDING_HEAD, ...embeddingRows(embeddings, pixels)])}\n`);
  if (attentions.length > 0) {
    console.log(`${toText([ATTENTION_HEAD, ...attentionRows(attentions)])}\n`);
  }
  const settings = {
    ...{backend, 'milliseconds a step on each backend': describeProbes(probes)},
    ...{seeds, optimizer: 'Adam', 'embedding: size': embedding.EMBEDDING},
    ...{'embedding: steps': steps, 'embedding: batch size': embedding.BATCH_SIZE},
    'embedding: learning rate': embedding.LEARNING_RATE,
    ...{queries: QUERIES, 'digits searched': GALLERY, 'digits retrieved': RETRIEVED},
    ...{'attention: steps': 2 * steps, 'attention: batch size': attention.BATCH_SIZE},
    'attention: learning rate': attention.LEARNING_RATE,
    ...{'attention: test digits': attention.EVALUATED, ...machine()},
  };
  const results = {settings, stopped, pixels, embeddings, attentions};
  writeReport(out, results, await toHtml(results));
  return stopped ? INTERRUPTED : 0;
}

await runProgram(main);
