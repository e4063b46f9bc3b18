import {colors, markedAxis, PALETTE, PANEL, POINT, SIZE, toSvg} from '../shared/svg.js';
import {LABELS} from './names.js';
import {grouped, labelOf, type Run} from './summary.js';

const COLORS: Record<string, string> = {
  [LABELS.layer]: PALETTE.green,
  [LABELS.rms]: PALETTE.sky,
  [LABELS.batch]: PALETTE.blue,
  [LABELS.power]: PALETTE.red,
  [LABELS.pnv]: PALETTE.orange,
  [LABELS.modern]: PALETTE.pink,
};

const steps = {
  field: 'step',
  type: 'quantitative',
  title: 'training step',
  axis: {grid: false, tickCount: 5, tickMinStep: 1, format: 'd'},
};

/** The mean over the seeds as a line, their range as a band. */
export function perplexityChart(runs: Run[]): Promise<string> {
  const values = runs.flatMap(run =>
    run.evaluations.slice(1).map(({step, inferenceLoss}) => ({
      ...{label: labelOf(run), step},
      perplexity: Math.exp(inferenceLoss),
    })),
  );
  // Without a logarithmic scale, the gain of the first steps would hide that of the last.
  const y = {
    ...{field: 'perplexity', title: 'validation perplexity'},
    ...yAxis(
      {type: 'log'},
      [1, 2, 3, 4, 5, 7, 10, 15, 20, 30, 50, 70, 100, 200, 1000],
      values.map(({perplexity}) => perplexity),
    ),
  };
  return toSvg({...SIZE, ...lineWithBand(runs, values, y)});
}

export function gapChart(runs: Run[]): Promise<string> {
  const values = runs.flatMap(run =>
    run.evaluations.slice(1).map(({step, inferenceLoss, trainingLoss}) => ({
      ...{label: labelOf(run), step},
      gap: inferenceLoss - trainingLoss,
    })),
  );
  const y = {
    ...{field: 'gap', title: 'inference minus training loss'},
    ...yAxis(
      {type: 'symlog', constant: 0.01},
      [-1, -0.1, -0.03, -0.01, 0, 0.01, 0.03, 0.1, 0.3, 1, 10],
      values.map(({gap}) => gap),
    ),
  };
  return toSvg({...SIZE, ...lineWithBand(runs, values, y)});
}

/** A panel for each running statistic, a line for each layer. */
export function driftChart(runs: Run[]): Promise<string> {
  const values = runs.flatMap(run =>
    run.evaluations.flatMap(({step, drifts}) =>
      drifts.map(({layer, statistic, distance}) => ({
        ...{panel: `${labelOf(run)}: ${statistic}`, layer, step, distance},
      })),
    ),
  );
  const panels = [...new Set(values.map(({panel}) => panel))];
  const y = {
    ...{field: 'distance', aggregate: 'mean', title: 'relative distance'},
    ...yAxis(
      {type: 'symlog', constant: 0.1},
      [0, 0.1, 0.2, 0.5, 1, 2, 5, 10, 100],
      values.map(({distance}) => distance),
    ),
  };
  return toSvg({
    data: {values},
    facet: {field: 'panel', type: 'nominal', sort: panels, title: null},
    columns: 1,
    spec: {
      ...PANEL,
      mark: {type: 'line', point: POINT},
      encoding: {x: steps, y, color: {field: 'layer', type: 'nominal', legend: {columns: 2}}},
    },
  });
}

function yAxis(type: object, marks: number[], values: number[]): object {
  const {scale, axis} = markedAxis(marks, values);
  return {type: 'quantitative', scale: {...type, ...scale}, axis};
}

export const hasDrifts = (runs: Run[]): boolean =>
  runs.some(({evaluations}) => evaluations.some(({drifts}) => drifts.length > 0));

function lineWithBand(runs: Run[], values: object[], y: object): object {
  const labels = grouped(runs).map(({label}) => label);
  return {
    data: {values},
    encoding: {x: steps, color: colors(labels, COLORS)},
    layer: [
      {mark: {type: 'errorband', extent: 'extent', opacity: 0.15}, encoding: {y}},
      {mark: {type: 'line', point: POINT}, encoding: {y: {...y, aggregate: 'mean'}}},
    ],
  };
}
