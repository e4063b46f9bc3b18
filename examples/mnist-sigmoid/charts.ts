import {colors as colorsOf, markedAxis, PALETTE, PANEL, POINT, SIZE, toSvg} from '../shared/svg.js';
import {NETWORKS} from './model.js';
import type {Stability} from './stability.js';
import {lossCurve, medianMilliseconds, type Run, TARGET_ACCURACY} from './summary.js';
import type {SweepPoint} from './sweep.js';

const COLORS = {
  [NETWORKS.plain.label]: PALETTE.gray,
  [NETWORKS.batchNormTf.label]: PALETTE.orange,
  [NETWORKS.batchNorm.label]: PALETTE.blue,
  [NETWORKS.layerNorm.label]: PALETTE.green,
  [NETWORKS.layerNormTf.label]: PALETTE.pink,
};

// The scale is logarithmic, since most happens in the first steps.
const steps = {
  field: 'step',
  type: 'quantitative',
  title: 'training step',
  scale: {type: 'log', nice: false},
  axis: {grid: false, tickCount: 5, format: 'd'},
};

const POWERS_OF_TEN = Array.from({length: 25}, (_, i) => Number(`1e${2 * i - 44}`));

const accuracy = {
  field: 'accuracy',
  type: 'quantitative',
  title: 'test accuracy',
  scale: {domain: [0, 1]},
  axis: {format: '.0%'},
};

export function lossChart(runs: Run[]): Promise<string> {
  const curves = trained(runs);
  const values = curves.flatMap(run => lossCurve(run).map(point => ({...point, label: run.label})));
  const y = {field: 'loss', type: 'quantitative', title: 'training loss'};
  return toSvg({...SIZE, ...lines(curves, values, {x: steps, y})});
}

export function accuracyChart(runs: Run[]): Promise<string> {
  const curves = trained(runs);
  const values = curves.flatMap(({label, evaluations}) =>
    evaluations.slice(1).map(({step, accuracy}) => ({label, step, accuracy})),
  );
  const target = {
    data: {values: [{}]},
    mark: {type: 'rule', color: '#999'},
    encoding: {y: {datum: TARGET_ACCURACY}},
  };
  return toSvg({...SIZE, layer: [target, lines(curves, values, {x: steps, y: accuracy})]});
}

export function timeChart(runs: Run[]): Promise<string> {
  const values = runs.map(run => {
    const milliseconds = medianMilliseconds(run);
    return {label: run.label, milliseconds, text: `${run.label}: ${milliseconds?.toFixed(1)}`};
  });
  const labels = runs.map(({label}) => label);
  const x = {field: 'milliseconds', type: 'quantitative', title: 'median milliseconds a step'};
  // Beside the bars, the labels would take half of the picture.
  const text = {
    mark: {type: 'text', align: 'left', dy: -14},
    encoding: {x: {datum: 0}, text: {field: 'text'}},
  };
  return toSvg({
    ...SIZE,
    data: {values},
    encoding: {y: {field: 'label', type: 'nominal', sort: null, axis: null}},
    layer: [
      {mark: {type: 'bar', height: 14}, encoding: {x, color: {...colors(labels), legend: null}}},
      text,
    ],
  });
}

/** Two percentiles as a band and the median as a line, for each network. */
export function sigmoidInputChart(runs: Run[]): Promise<string> {
  // The built-in layers' inputs are those of the layers that stand in for them.
  const builtIns = runs.map(({builtIn}) => builtIn);
  const curves = trained(runs).filter(({label}) => !builtIns.includes(label));
  const values = curves.flatMap(({label, evaluations}) =>
    evaluations.slice(1).map(({step, sigmoidInput: [low, middle, high]}) => ({
      ...{label, step, low, middle, high},
    })),
  );
  const labels = curves.map(({label}) => label);
  const color = {...colors(labels), legend: null};
  const y = {type: 'quantitative', title: "sigmoid's input"};
  return toSvg({
    data: {values},
    facet: {field: 'label', sort: labels},
    columns: 1,
    spec: {
      ...PANEL,
      encoding: {x: steps, color},
      layer: [
        {
          mark: {type: 'area', opacity: 0.25},
          encoding: {y: {field: 'low', ...y}, y2: {field: 'high'}},
        },
        {mark: {type: 'line', point: POINT}, encoding: {y: {field: 'middle', ...y}}},
      ],
    },
  });
}

/** A number of each layer of the deep networks. */
export function depthChart(
  runs: Run[],
  stability: Stability[],
  which: 'activations' | 'gradients',
): Promise<string> {
  const values = stability.flatMap(each =>
    each[which].map((value, i) => ({label: each.label, layer: i + 1, value})),
  );
  const curves = runs.filter(({label}) => stability.some(each => each.label === label));
  // A value of 0, below what single precision holds, has no logarithm and no point.
  const positive = values.filter(({value}) => value > 0);
  const {scale, axis} = markedAxis(
    POWERS_OF_TEN,
    positive.map(({value}) => value),
  );
  const x = {
    field: 'layer',
    type: 'quantitative',
    title: 'layer',
    scale: {domainMin: 1},
    axis: {grid: false},
  };
  const y = {
    field: 'value',
    type: 'quantitative',
    title: which === 'gradients' ? 'gradient' : 'standard deviation',
    scale: {type: 'log', ...scale},
    axis: {...axis, format: '.0e'},
  };
  return toSvg({...SIZE, ...lines(curves, positive, {x, y})});
}

export function sweepChart(runs: Run[], points: SweepPoint[], title: string): Promise<string> {
  const curves = runs.filter(({label}) => points.some(point => point.label === label));
  const x = {
    field: 'value',
    type: 'quantitative',
    title,
    scale: {type: 'log', nice: false},
    axis: {grid: false, values: points.map(({value}) => value)},
  };
  return toSvg({...SIZE, ...lines(curves, points, {x, y: accuracy})});
}

const trained = (runs: Run[]) => runs.filter(({timeOnly}) => !timeOnly);

const colors = (labels: string[]) => colorsOf(labels, COLORS);

function lines(curves: Run[], values: object[], axes: object): object {
  const labels = curves.map(({label}) => label);
  // A layer learns as its built-in does: dashes let the line below be seen.
  const dashed = curves.map(({builtIn}) => builtIn != null && labels.includes(builtIn));
  const range = dashed.map(is => (is ? [6, 5] : [1, 0]));
  return {
    data: {values},
    mark: {type: 'line', point: POINT},
    encoding: {
      ...axes,
      color: colors(labels),
      strokeDash: {field: 'label', type: 'nominal', scale: {domain: labels, range}},
    },
  };
}
