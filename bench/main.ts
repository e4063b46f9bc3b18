import {spawnSync} from 'node:child_process';
import {mkdirSync, readFileSync, writeFileSync} from 'node:fs';
import {loadavg} from 'node:os';
import {join} from 'node:path';
import {fileURLToPath} from 'node:url';
import {parseArgs} from 'node:util';
import '../scripts/node_util.mjs';
import {whyNoTensorflow} from '../scripts/setup_node.mjs';
import {deviceOf, startBackend} from './backends.js';
import {CASES, SMALL_CASES} from './cases.js';
import {chartOf} from './chart.js';
import {environmentOf} from './environment.js';
import {rest} from './garbage.js';
import {loadOnnxRuntimes} from './onnx/runtimes.js';
import {replaceBlock, type Row, summarize, toMarkdown} from './report.js';
import {runCases} from './run.js';

const RESULTS = join(import.meta.dirname, 'results');
const README = join(import.meta.dirname, '..', 'README.md');
const CHART = join(import.meta.dirname, '..', 'docs', 'images', 'time-by-size.svg');

const USAGE = `npm run bench -- [--backend NAME] [--small] [--only REGEX] [--rounds 30] [--out FOLDER] [--smoke]

  --backend NAME   measures one backend: wasm, cpu or tensorflow. By default each in turn
  --small          measures the small shapes alone, and writes bench/results/small-NAME.md
  --only REGEX     measures the cases whose line matches, such as "layerNorm [4096, 768] forward"
  --rounds 30      how many times each case is measured
  --out FOLDER     where to write the tables; without it, a run of all cases writes bench/results
  --smoke          runs everything once on tiny shapes, to see that it runs

npm run bench -- programs [--backend NAME] [--only REGEX] [--rounds 12] [--out FOLDER] [--smoke]

                   measures whole programs with this package and without it, on wasm and tensorflow

npm run bench -- graphs [--backend NAME] [--only REGEX] [--rounds 12] [--out FOLDER]

                   measures whole GraphModels with their norms fused and as they are, on cpu, wasm and tensorflow

programs and graphs download models of up to 83 MB, once.
`;

const [part] = process.argv.slice(2);
if (part === 'programs' || part === 'graphs') {
  // They read the options themselves.
  process.argv.splice(2, 1);
  await (part === 'programs' ? import('./programs/main.js') : import('./graphs/main.js'));
  process.exit();
}

const options = readOptions();
const rounds = Number(options.rounds);
if (!Number.isInteger(rounds) || rounds < 1) {
  throw new Error(`--rounds must be a positive integer, but is ${options.rounds}.`);
}

if (options.backend == null) benchBackends();
else await bench(options.backend);

/** The options of the command line. Asked for help, or given another option, it says what there is. */
function readOptions() {
  try {
    const {values} = parseArgs({
      options: {
        backend: {type: 'string'},
        only: {type: 'string', default: ''},
        rounds: {type: 'string', default: '30'},
        out: {type: 'string'},
        small: {type: 'boolean', default: false},
        smoke: {type: 'boolean', default: false},
        help: {type: 'boolean', short: 'h', default: false},
      },
    });
    if (!values.help) return values;
    console.log(USAGE);
  } catch (error) {
    console.error(`${(error as Error).message}\n\n${USAGE}`);
    process.exitCode = 1;
  }
  return process.exit();
}

/** Runs each backend in a process of its own, so that none has the other's garbage. */
function benchBackends(): void {
  const tsx = import.meta.resolve('tsx');
  const why = whyNoTensorflow();
  if (why != null) console.error(`Not on the backend tensorflow: ${why}.`);
  for (const backend of ['wasm', 'cpu', ...(why == null ? ['tensorflow'] : [])]) {
    const args = ['--import', tsx, fileURLToPath(import.meta.url), ...process.argv.slice(2)];
    const {status} = spawnSync(process.execPath, [...args, '--backend', backend], {
      stdio: 'inherit',
    });
    if (status !== 0) process.exitCode = 1;
  }
}

async function bench(backend: string): Promise<void> {
  const {onHost} = await startBackend(backend);
  const onnx = onHost && backend !== 'tensorflow' ? await loadOnnxRuntimes() : {};
  const environment = environmentOf(backend, await deviceOf(backend), rounds, onnx);
  const rows: Row[] = [];
  for await (const results of runCases(options.small ? SMALL_CASES : CASES, {
    only: new RegExp(options.only),
    smoke: options.smoke,
    rounds,
    warmUp: options.smoke ? 0 : 500,
    rest,
    onHost,
    onnx,
  })) {
    const [{op, shape, pass}] = results;
    console.error(`${backend}: ${op} ${shape}, ${pass}`);
    rows.push(...summarize(results));
  }
  if (rows.length === 0) throw new Error(`no case matches --only ${options.only}.`);

  environment.loadAverage[1] = loadavg()[0];
  const table = toMarkdown(environment, rows);
  console.log(table);
  // Without --out, only a run of all cases replaces the committed results.
  const isWhole = options.only === '' && !options.smoke;
  const out = options.out ?? (isWhole ? RESULTS : null);
  if (out == null) return;
  mkdirSync(out, {recursive: true});
  writeFileSync(join(out, `${options.small ? 'small-' : ''}${backend}.md`), table);
  if (out !== RESULTS) return;
  const chart = backend === 'wasm' ? await chartOf(rows) : null;
  if (chart != null) writeFileSync(CHART, chart);
  if (options.small) return;
  writeFileSync(README, replaceBlock(readFileSync(README, 'utf8'), environment, rows));
}
