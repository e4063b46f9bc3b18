import {colors, markedAxis, PALETTE, POINT, SIZE, toSvg} from '../shared/svg.js';
import {WEIGHTINGS} from './attention.js';
import {
  attentionGroups,
  type AttentionRun,
  type EmbeddingRun,
  groupsOf,
  METHODS,
} from './summary.js';

const METHOD_COLORS: Record<string, string> = {
  [METHODS[0].label]: PALETTE.blue,
  [METHODS[1].label]: PALETTE.orange,
  [METHODS[2].label]: PALETTE.gray,
};

const WEIGHTING_COLORS: Record<string, string> = {
  [WEIGHTINGS[0].label]: PALETTE.gray,
  [WEIGHTINGS[1].label]: PALETTE.blue,
  [WEIGHTINGS[2].label]: PALETTE.green,
};

/** The mean over the seeds as a line, their range as a band. */
export function precisionChart(runs: EmbeddingRun[], which: 'seen' | 'unseen'): Promise<string> {
  const groups = METHODS.flatMap(method => groupsOf(runs, method));
  const values = groups.flatMap(({label, temperature, ...precisions}) =>
    precisions[which].map(precision => ({label, temperature, precision})),
  );
  const y = {
    field: 'precision',
    type: 'quantitative',
    title: 'precision',
    scale: {zero: false},
    axis: {format: '.0%'},
  };
  const x = {
    field: 'temperature',
    type: 'quantitative',
    title: 'temperature of the loss',
    scale: {type: 'log', nice: false},
    axis: {grid: false, values: groups.map(({temperature}) => temperature), format: '~g'},
  };
  return toSvg({
    ...SIZE,
    data: {values},
    encoding: {x, color: colors(Object.keys(METHOD_COLORS), METHOD_COLORS)},
    layer: [
      {mark: {type: 'errorband', extent: 'extent', opacity: 0.15}, encoding: {y}},
      {mark: {type: 'line', point: POINT}, encoding: {y: {...y, aggregate: 'mean'}}},
    ],
  });
}

/** The mean weight of the heaviest patch, of the next, and so on. */
export function weightChart(runs: AttentionRun[]): Promise<string> {
  const groups = attentionGroups(runs);
  const values = groups.flatMap(({label, runs}) =>
    runs.flatMap(({ranked}) => ranked.map((weight, i) => ({label, rank: i + 1, weight}))),
  );
  const {scale, axis} = markedAxis(
    [0, 0.001, 0.003, 0.01, 0.03, 0.1, 0.3, 1],
    values.map(({weight}) => weight),
  );
  const y = {
    field: 'weight',
    type: 'quantitative',
    title: 'size of the weight',
    scale: {type: 'symlog', constant: 0.001, ...scale},
    axis,
  };
  return toSvg({
    ...SIZE,
    data: {values},
    encoding: {
      x: {
        field: 'rank',
        type: 'quantitative',
        title: 'patch, the heaviest first',
        axis: {grid: false},
      },
      color: colors(
        groups.map(({label}) => label),
        WEIGHTING_COLORS,
      ),
    },
    layer: [{mark: {type: 'line', point: POINT}, encoding: {y: {...y, aggregate: 'mean'}}}],
  });
}
