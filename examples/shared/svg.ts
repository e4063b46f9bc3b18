import * as vega from 'vega';
import {compile, type TopLevelSpec} from 'vega-lite';

// Texts and lines have the color of the page's text, which is light in dark mode.
const TEXT = {labelColor: 'currentColor', labelFontSize: 12};

const CONFIG = {
  font: 'system-ui, sans-serif',
  view: {stroke: null},
  axis: {
    ...TEXT,
    ...{titleColor: 'currentColor', titleFontSize: 12, titleFontWeight: 'normal'},
    ...{gridColor: 'currentColor', gridOpacity: 0.15, domainColor: '#999', tickColor: '#999'},
  },
  legend: {
    ...TEXT,
    ...{orient: 'bottom', title: null, labelLimit: 0},
    // The symbols are not as faint as bands.
    ...{symbolType: 'stroke', symbolStrokeWidth: 3, symbolOpacity: 1},
  },
  header: {...TEXT, title: null},
  text: {color: 'currentColor', fontSize: 12},
};

/** As wide as a phone, where a picture is shown in its own size. */
export const SIZE = {width: 344, height: 280, autosize: {type: 'fit', contains: 'padding'}};

/** The same of each of several panels, which are one above the other. */
export const PANEL = {width: 275, height: 120};

// Okabe and Ito's palette, whose colors stay apart for readers who are color-blind.
export const PALETTE = {
  blue: '#0072b2',
  sky: '#56b4e9',
  green: '#009e73',
  orange: '#e69f00',
  red: '#d55e00',
  pink: '#cc79a7',
  gray: '#777777',
};

// Two longer labels have no room beside each other.
const SHORT_LABEL = 12;

/** A color for each label, as a channel of the encoding. */
export const colors = (labels: string[], palette: Record<string, string>) => ({
  field: 'label',
  type: 'nominal',
  scale: {domain: labels, range: labels.map(label => palette[label])},
  legend: {columns: labels.every(({length}) => length <= SHORT_LABEL) ? 2 : 1},
});

/** The measured points of a line. */
export const POINT = {size: 14, filled: true};

const FEWEST_MARKS = 3;

/**
 * An axis with those `marks`, which ascend, that lie within the values' range. Where these are too
 * few, as in short runs, the axis goes on to the marks around the values. Vega's own marks overlap
 * on scales that are not linear.
 */
export function markedAxis(marks: number[], values: number[]) {
  const finite = values.filter(Number.isFinite);
  const [least, most] = [Math.min(...finite), Math.max(...finite)];
  const within = marks.filter(mark => mark >= least && mark <= most);
  const around = [
    marks.filter(mark => mark < least).at(-1),
    ...within,
    marks.find(mark => mark > most),
  ];
  const shown = within.length < FEWEST_MARKS ? around.filter(mark => mark !== undefined) : within;
  return {
    scale: {domain: [Math.min(least, ...shown), Math.max(most, ...shown)], nice: false},
    axis: {values: shown, format: '~g', labelOverlap: 'greedy'},
  };
}

/** Draws a Vega-Lite specification as an SVG element. */
export async function toSvg(spec: object): Promise<string> {
  const compiled = compile({background: 'transparent', config: CONFIG, ...spec} as TopLevelSpec);
  const view = new vega.View(vega.parse(compiled.spec), {renderer: 'none'});
  try {
    return await view.toSVG();
  } finally {
    view.finalize();
  }
}
