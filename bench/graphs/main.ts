/** `npm run bench -- graphs`: whole GraphModels, or single norms in one, with their norms fused and without. */
import {loadavg} from 'node:os';
import {fileURLToPath} from 'node:url';
import {parseArgs} from 'node:util';
import {measureApart, reportApart, RESULTS} from '../apart.js';
import {startBackend} from '../backends.js';
import {rest} from '../garbage.js';
import {type Figure, measureModels} from './measure.js';
import {measureNodes, type NodeFigure} from './nodes.js';
import {nodeTableOf, tableOf} from './table.js';

const {values: options} = parseArgs({
  allowPositionals: true,
  options: {
    backend: {type: 'string'},
    only: {type: 'string', default: ''},
    rounds: {type: 'string', default: '12'},
    out: {type: 'string'},
    nodes: {type: 'boolean', default: false},
    /** The flag of a process that this one started. */
    json: {type: 'boolean', default: false},
  },
});
const {backend, only, nodes} = options;
const rounds = Number(options.rounds);

/** A process of its own measures this on a backend. */
async function measure(backend: string): Promise<Array<Figure | NodeFigure>> {
  await startBackend(backend);
  const chosen = new RegExp(only);
  const all = nodes
    ? measureNodes(backend, chosen, {rounds, warmUp: 20, rest})
    : measureModels(backend, chosen, {rounds, warmUp: 0, rest});
  const figures: Array<Figure | NodeFigure> = [];
  for await (const figure of all) figures.push(figure);
  return figures;
}

/** The figures of all backends. */
function measureAll<Each>(): Each[] {
  const args = ['--only', only, '--rounds', options.rounds, ...(nodes ? ['--nodes'] : [])];
  return measureApart<Each>(fileURLToPath(import.meta.url), args, backend, ['cpu', 'wasm']);
}

if (options.json) {
  console.log(JSON.stringify(await measure(backend!)));
} else {
  const before = loadavg()[0];
  const table = nodes ? nodeTableOf(measureAll<NodeFigure>()) : tableOf(measureAll<Figure>());
  const isWhole = only === '' && backend == null;
  const folder = options.out ?? (isWhole ? RESULTS : null);
  reportApart(nodes ? 'graph-nodes' : 'graphs', table, {rounds, before, folder});
}
