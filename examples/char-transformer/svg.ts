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
