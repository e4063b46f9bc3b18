import {colors, markedAxis, PALETTE, POINT, SIZE, toSvg} from '../shared/svg.js';
import {short} from '../shared/words.js';
import {FEATURE_NAMES} from './data.js';
import {INPUTS} from './model.js';
import {
  type LinearResults,
  type LinearRun,
  linearGroups,
  type NetworkRun,
  oscillation,
  stepsTo,
} from './summary.js';

const COLORS = {
  [INPUTS.raw.label]: PALETTE.gray,
  [INPUTS.normalization.label]: PALETTE.red,
  [INPUTS.batchNorm.label]: PALETTE.blue,
};

const POWERS = [-8, -7, -6, -5, -4, -3, -2, -1, 0].map(power => Number(`1e${power}`));

const rateAxis = (rates: number[]) => ({
  field: 'learningRate',
  type: 'quantitative',
  title: 'learning rate',
  scale: {type: 'log', nice: false},
  axis: {
    grid: false,
    values: POWERS.filter(rate => rate >= Math.min(...rates) && rate <= Math.max(...rates)),
    format: '.0e',
    labelOverlap: 'greedy',
  },
});

const color = colors(Object.keys(COLORS), COLORS);

export function scaleChart(scales: number[]): Promise<string> {
  const values = scales.map((deviation, i) => ({
    feature: FEATURE_NAMES[i],
    deviation,
    text: `${FEATURE_NAMES[i]}: ${short(deviation)}`,
  }));
  return toSvg({
    ...SIZE,
    data: {values},
    encoding: {y: {field: 'feature', type: 'nominal', sort: null, axis: null}},
    layer: [
      {
        mark: {type: 'bar', height: 10, color: PALETTE.gray},
        encoding: {
          x: {
            field: 'deviation',
            type: 'quantitative',
            title: 'standard deviation',
            scale: {type: 'log', domainMin: 0.1},
            axis: {values: [0.1, 1, 10, 100, 1000], format: '~g'},
          },
          x2: {datum: 0.1},
        },
      },
      {
        mark: {type: 'text', align: 'left', dy: -11},
        encoding: {x: {datum: 0.1, type: 'quantitative'}, text: {field: 'text'}},
      },
    ],
  });
}

/** The loss over the steps, each input at its best learning rate. */
export function lossChart(linear: LinearResults): Promise<string> {
  const values = linearGroups(linear).flatMap(({label, best}) =>
    (best?.losses ?? []).map((loss, step) => ({label, step: step + 1, loss})).filter(thinned()),
  );
  const {scale, axis} = markedAxis(
    [1, 10, 20, 50, 100, 200, 500, 1000],
    values.map(({loss}) => loss),
  );
  const target = {
    data: {values: [{}]},
    mark: {type: 'rule', color: '#999'},
    encoding: {y: {datum: linear.targetLoss}},
  };
  const line = {
    data: {values},
    mark: {type: 'line', point: POINT},
    encoding: {
      x: {
        field: 'step',
        type: 'quantitative',
        title: 'training step',
        scale: {type: 'log', nice: false},
        axis: {grid: false, tickCount: 5, format: 'd'},
      },
      y: {
        field: 'loss',
        type: 'quantitative',
        title: 'mean squared error',
        scale: {type: 'log', ...scale},
        axis,
      },
      color,
    },
  };
  return toSvg({...SIZE, layer: [target, line]});
}

/** Keeps steps that are at least a twentieth apart: more would lie on each other. */
function thinned(): ({step}: {step: number}) => boolean {
  let last = 0;
  return ({step}) => {
    const isKept = step >= 1.05 * last;
    if (isKept) last = step;
    return isKept;
  };
}

/** The loss after all steps, by learning rate; runs that diverged have no point. */
export function rateChart({runs}: LinearResults): Promise<string> {
  const values = runs
    .filter(({diverged}) => !diverged)
    .map(run => ({...pick(run), loss: run.losses.at(-1)!}));
  const {scale, axis} = markedAxis(
    [1, 10, 20, 50, 100, 200, 500, 1000],
    values.map(({loss}) => loss),
  );
  return byRate(values, {
    field: 'loss',
    title: 'mean squared error at the end',
    scale: {type: 'log', ...scale},
    axis,
  });
}

/** The steps to the target, by learning rate; runs that did not reach it have no point. */
export function stepsChart({runs, targetLoss}: LinearResults): Promise<string> {
  const values = runs.flatMap(run => {
    const steps = stepsTo(run, targetLoss);
    // A logarithmic scale has no 0.
    return steps == null || steps === 0 ? [] : {...pick(run), steps};
  });
  const {scale, axis} = markedAxis(
    [1, 2, 5, 10, 20, 50, 100, 200, 500, 1000],
    values.map(({steps}) => steps),
  );
  return byRate(values, {
    field: 'steps',
    title: 'steps to the target',
    scale: {type: 'log', ...scale},
    axis,
  });
}

export function oscillationChart({runs}: LinearResults): Promise<string> {
  const values = runs.map(run => ({...pick(run), share: oscillation(run)}));
  return byRate(values, {
    field: 'share',
    title: 'gradients against the one before',
    scale: {domain: [0, 1]},
    axis: {format: '.0%'},
  });
}

/** The mean over the seeds as a line, their range as a band. */
export function networkChart(runs: NetworkRun[]): Promise<string> {
  const values = runs.filter(({diverged}) => !diverged);
  const {scale, axis} = markedAxis(
    [1, 2, 3, 4, 5, 10, 20, 30, 50, 100],
    values.map(({testError}) => testError),
  );
  const y = {
    field: 'testError',
    type: 'quantitative',
    title: 'test error, miles a gallon',
    scale: {type: 'log', ...scale},
    axis,
  };
  return toSvg({
    ...SIZE,
    data: {values},
    encoding: {x: rateAxis(values.map(({learningRate}) => learningRate)), color},
    layer: [
      {mark: {type: 'errorband', extent: 'extent', opacity: 0.15}, encoding: {y}},
      {mark: {type: 'line', point: POINT}, encoding: {y: {...y, aggregate: 'mean'}}},
    ],
  });
}

const pick = ({label, learningRate}: LinearRun) => ({label, learningRate});

const byRate = (values: {learningRate: number}[], y: object): Promise<string> =>
  toSvg({
    ...SIZE,
    data: {values},
    mark: {type: 'line', point: POINT},
    encoding: {
      x: rateAxis(values.map(({learningRate}) => learningRate)),
      y: {...y, type: 'quantitative'},
      color,
    },
  });
