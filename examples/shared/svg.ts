import * as vega from 'vega';
import {compile, type TopLevelSpec} from 'vega-lite';

const CONFIG = {
  font: 'system-ui, sans-serif',
  view: {stroke: null},
  axis: {gridColor: '#e5e5e5', domainColor: '#999', tickColor: '#999', titleFontWeight: 'normal'},
  legend: {
    orient: 'bottom',
    title: null,
    columns: 2,
    labelLimit: 0,
    symbolType: 'stroke',
    symbolStrokeWidth: 3,
  },
  header: {title: null, labelFontSize: 12},
};

export const SIZE = {width: 440, height: 250};

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

/** A color for each label, as a channel of the encoding. */
export const colors = (labels: string[], palette: Record<string, string>) => ({
  field: 'label',
  type: 'nominal',
  scale: {domain: labels, range: labels.map(label => palette[label])},
});

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
