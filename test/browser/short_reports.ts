/** Prints the reports of the examples after two steps, as a JSON list of pages. */
import {toHtml as transformers} from '../../examples/char-transformer/report.js';
import {toHtml as scaling} from '../../examples/feature-scaling/report.js';
import {toHtml as convolutions} from '../../examples/mnist-cnn/report.js';
import {toSheet} from '../../examples/mnist-generator/pictures.js';
import {toHtml as generators} from '../../examples/mnist-generator/report.js';
import {NETWORKS} from '../../examples/mnist-sigmoid/model.js';
import {toHtml as sigmoids} from '../../examples/mnist-sigmoid/report.js';
import {toHtml as similarity} from '../../examples/similarity/report.js';

const common = {settings: {backend: 'cpu', processors: '2 x a processor'}, stopped: true};

const sigmoidRuns = Object.values(NETWORKS).map(({label, builtIn, timeOnly}, i) => ({
  ...{label, builtIn, timeOnly, planned: 2, losses: [2.4, 2.3], milliseconds: [8, 10 * i + 7]},
  evaluations: [0, 2].map(step => ({
    ...{step, accuracy: 0.1 + step / 100},
    sigmoidInput: [-1, -0.1 * i, 1],
  })),
}));
const points = [0.1, 1].map(value => ({label: NETWORKS.batchNorm.label, value, accuracy: 0.5}));

const convolutionRuns = ['batch norm', 'group norm', 'none'].flatMap(label =>
  [8, 2].map(batchSize => ({label, batchSize, error: 0.8 + batchSize / 100, milliseconds: 9})),
);

const transformerRuns = (['layer', 'rms', 'batch', 'power'] as const).map((normalization, i) => ({
  ...{normalization, seed: 1, losses: [4.5, 4.4], milliseconds: [20, 30]},
  evaluations: [0, 1, 2].map(step => ({
    ...{step, inferenceLoss: 4.5 - step / 100, trainingLoss: 4.5 - step / 100 - i / 1000},
    drifts: i < 2 ? [] : [{layer: 'norm_1', statistic: 'σ²', distance: 1 - step / 100}],
  })),
  final: {inferenceLoss: 4.48 - i / 100, trainingLoss: 4.48},
}));

const linearRuns = ['raw', 'Normalization'].map((label, i) => ({
  ...{label, learningRate: 10 ** -i, losses: [600, 600 - i], cosines: [0.5 - i]},
  diverged: false,
}));
const networkRuns = linearRuns.map(({label, learningRate, diverged}, i) => ({
  ...{label, learningRate, diverged, seed: 1, meanError: 8},
  ...{trainingError: 24 + i, validationError: 24 + i, testError: 25 + i},
}));

const precisions = {seen: {dot: 0.3, cosine: 0.4}, unseen: {dot: 0.2, cosine: 0.3}};
const embeddings = [true, false].flatMap(unit =>
  [0.1, 1].map(temperature => ({unit, temperature, seed: 1, loss: 4.5, ...precisions})),
);
const attention = {seed: 1, loss: 2.3, accuracy: 0.1, entropy: 0.9, zeros: 0.5, patches: 2};
const attentions = ['softmax', 'L1 of relu'].map((label, i) => ({
  ...{...attention, label, ranked: [0.6 + i / 10, 0.4 - i / 10]},
}));
const generatorRuns = (['adaptive', 'input'] as const).map((conditioning, i) => ({
  ...{conditioning, parameters: 2e6, losses: [8, 7], milliseconds: [20, 30 + i]},
  evaluations: [0, 2].map(step => ({step, loss: 8 - step - i})),
  recognized: {plain: 0.1, guided: 0.2},
}));
const sheet = toSheet(new Float32Array(10 * 28 * 28).fill(0.5));

const pages = await Promise.all([
  sigmoids({
    ...common,
    runs: sigmoidRuns,
    stability: [NETWORKS.plain, NETWORKS.batchNorm].map(({label}, i) => ({
      ...{label, activations: [0.2, 0.1 * i], gradients: [1e-13 * i, 1e-3]},
    })),
    sweep: {steps: 2, learningRate: points, stddev: points},
  }),
  convolutions({...common, runs: convolutionRuns}),
  transformers({...common, runs: transformerRuns}),
  scaling({
    ...common,
    scales: [0.4, 2, 850],
    linear: {rows: 2, targetLoss: 599, curvatures: [], runs: linearRuns},
    networks: networkRuns,
  }),
  similarity({...common, pixels: precisions, embeddings, attentions}),
  generators({...common, runs: generatorRuns, drawn: [sheet, sheet], path: sheet}),
]);
console.log(JSON.stringify(pages));
