import {colors, PALETTE, SIZE, toSvg} from '../shared/svg.js';
import {LABELS} from './names.js';
import {grouped, labelOf, type Run} from './summary.js';

const COLORS: Record<string, string> = {
  [LABELS.layer]: PALETTE.green,
  [LABELS.rms]: PALETTE.sky,
  [LABELS.batch]: PALETTE.blue,
  [LABELS.power]: PALETTE.red,
  [LABELS.pnv]: PALETTE.orange,
};

const steps = {
  field: 'step',
  type: 'quantitative',
  title: 'training step',
  axis: {grid: false, tickCount: 5, format: 'd'},
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
    field: 'perplexity',
    title: 'validation perplexity',
    scale: {type: 'log', nice: false},
    axis: ticks(
      [2, 3, 4, 5, 7, 10, 15, 20, 30, 50, 70],
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
    field: 'gap',
    title: 'inference minus training loss',
    scale: {type: 'symlog', constant: 0.01, nice: false},
    axis: ticks(
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
    field: 'distance',
    type: 'quantitative',
    aggregate: 'mean',
    title: 'relative distance',
    scale: {type: 'symlog', constant: 0.1, nice: false},
    axis: ticks(
      [0, 0.1, 0.2, 0.5, 1, 2, 5, 10, 100],
      values.map(({distance}) => distance),
    ),
  };
  return toSvg({
    data: {values},
    facet: {field: 'panel', type: 'nominal', sort: panels, title: null},
    columns: 2,
    spec: {
      width: 420,
      height: 180,
      mark: {type: 'line', point: {size: 12, filled: true}},
      encoding: {x: steps, y, color: {field: 'layer', type: 'nominal'}},
    },
  });
}

/**
 * An axis with those `marks` that lie within the values' range. Vega's own marks overlap on these
 * scales.
 */
function ticks(marks: number[], values: number[]): object {
  const [least, most] = [Math.min(...values), Math.max(...values)];
  return {values: marks.filter(mark => mark >= least && mark <= most), format: '~g'};
}

export const hasDrifts = (runs: Run[]): boolean =>
  runs.some(({evaluations}) => evaluations.some(({drifts}) => drifts.length > 0));

function lineWithBand(runs: Run[], values: object[], axis: object): object {
  const labels = grouped(runs).map(({label}) => label);
  // Without this the legend would be as faint as the bands.
  const color = {...colors(labels, COLORS), legend: {symbolOpacity: 1}};
  const y = {type: 'quantitative', ...axis};
  return {
    data: {values},
    encoding: {x: steps, color},
    layer: [
      {mark: {type: 'errorband', extent: 'extent', opacity: 0.15}, encoding: {y}},
      {mark: {type: 'line'}, encoding: {y: {...y, aggregate: 'mean'}}},
    ],
  };
}
