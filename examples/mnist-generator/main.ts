import {writeFileSync} from 'node:fs';
import {join} from 'node:path';
import {fileURLToPath} from 'node:url';
import * as tf from '@tensorflow/tfjs';
import {chooseBackend, describeProbes} from '../shared/backend.js';
import {machine} from '../shared/machine.js';
import {CLASSES, loadMnist, type Mnist} from '../shared/mnist.js';
import {INTERRUPTED, makeFolder, nextTurn, runProgram, writeReport} from '../shared/program.js';
import {withProgress} from '../shared/progress.js';
import {percent, toText} from '../shared/words.js';
import {draw, STEPS} from './flow.js';
import {type Judge, recognized, trainJudge} from './judge.js';
import {CONDITIONINGS} from './model.js';
import {type Experiment, parseOptions, USAGE} from './options.js';
import {sheetFile, toSheet} from './pictures.js';
import {toHtml} from './report.js';
import {TABLE_HEAD, tableRows} from './summary.js';
import {batches, Training, trialStep} from './train.js';

const JUDGE_STEPS = 400;
const EVALUATIONS = 10;
const ROWS = 8;
const GUIDANCE = 2;
/** The steps of drawing that are shown. */
const MOMENTS = [0, 4, 8, 12, 16, 20, STEPS];

async function main(args: string[], signal: AbortSignal): Promise<number> {
  const options = parseOptions(args);
  if (options.help) {
    console.log(USAGE);
    return 0;
  }
  const {experiment} = options;
  const {steps, seed} = experiment;
  const out = makeFolder(options.out ?? fileURLToPath(new URL('report', import.meta.url)));
  // This turns off tfjs's own checks, and its advice to install tfjs-node.
  tf.enableProdMode();
  const mnist = loadMnist();
  const {backend, probes} = await chooseBackend(options.backend, () =>
    trialStep(mnist, experiment),
  );
  console.log(`Backend: ${backend}. Ctrl-C ends early.\n`);

  const judge = await trainJudge(mnist, Math.min(JUDGE_STEPS, steps), seed);
  const trainings = CONDITIONINGS.map(conditioning => new Training(conditioning, experiment));
  await train(trainings, experiment, mnist, signal);
  const stopped = signal.aborted;

  const drawn = trainings.map(training => drawAll(training, judge, experiment));
  const path = draw(trainings[0].model, firstClasses(1), {
    guidance: GUIDANCE,
    seed,
    moments: MOMENTS,
  });
  const settings = {
    ...{backend, 'milliseconds a step on each backend': describeProbes(probes)},
    ...settingsOf(experiment, judge),
    ...machine(),
  };
  const runs = trainings.map(({run}) => run);
  const results = {settings, stopped, runs, drawn, path: sheetOf(path)};
  tf.dispose(path);
  console.log(`\n${toText([TABLE_HEAD, ...tableRows(runs)])}\n`);
  writeFileSync(join(out, 'digits.svg'), `${sheetFile(drawn[0])}\n`);
  writeReport(out, results, await toHtml(results));
  return stopped ? INTERRUPTED : 0;
}

/** The networks take turns, so that whatever slows the machine slows both alike. */
async function train(
  trainings: Training[],
  experiment: Experiment,
  mnist: Mnist,
  signal: AbortSignal,
): Promise<void> {
  const {steps} = experiment;
  const batchOf = batches(mnist, experiment);
  const evaluateEvery = Math.ceil(steps / EVALUATIONS);
  await withProgress(async progress => {
    for (let step = 0; step < steps && !signal.aborted; step++) {
      const batch = batchOf(step);
      for (const training of trainings) {
        if (step % evaluateEvery === 0) await training.evaluate(mnist);
        await training.step(batch);
      }
      tf.dispose(batch);
      const losses = trainings.map(({run}) => run.evaluations.at(-1)!.loss.toFixed(3));
      const status = `test losses ${losses.join(' ')}`;
      progress.show('all', {label: 'both networks', done: step + 1, all: steps, status});
      await nextTurn();
    }
    for (const training of trainings) await training.evaluate(mnist);
  });
}

/** Draws digits to look at, and others to be judged. */
function drawAll({model, run}: Training, judge: Judge, {judged, seed}: Experiment) {
  const classes = firstClasses(judged);
  const shareOf = (guidance: number) => {
    const [digits] = draw(model, classes, {guidance, seed});
    const share = recognized(judge.model, digits, classes);
    digits.dispose();
    return share;
  };
  run.recognized = {plain: shareOf(1), guided: shareOf(GUIDANCE)};
  const digits = draw(model, firstClasses(ROWS), {guidance: GUIDANCE, seed});
  const sheet = sheetOf(digits);
  tf.dispose(digits);
  return sheet;
}

const firstClasses = (rows: number): number[] =>
  Array.from({length: rows * CLASSES}, (_, i) => i % CLASSES);

const sheetOf = (digits: tf.Tensor2D[]) =>
  toSheet(digits.flatMap(rows => Array.from(rows.dataSync())));

const settingsOf = (experiment: Experiment, {accuracy}: Judge) => ({
  'steps of each training': experiment.steps,
  'digits in a batch': experiment.batch,
  width: experiment.width,
  blocks: experiment.blocks,
  optimizer: 'Adam',
  'learning rate': experiment.learningRate,
  'steps to a digit': STEPS,
  guidance: GUIDANCE,
  'digits of each class that are judged': experiment.judged,
  'accuracy of the classifier on real digits': percent(accuracy),
  seed: experiment.seed,
});

await runProgram(main);
