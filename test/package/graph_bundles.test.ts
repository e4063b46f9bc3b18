/** Bundles with tfjs in them, as of a web page, that run a GraphModel's batch norm in training mode with its further outputs. */
import {spawnSync} from 'node:child_process';
import {mkdtempSync, rmSync, writeFileSync} from 'node:fs';
import {join} from 'node:path';
import {expectClose} from '../close.js';
import {expectedOf, outputsOf} from '../graph/golden_graphs.js';

const NAME = 'FusedBatchNormV3';

function runNode(args: string[]): string {
  const {status, stdout, stderr} = spawnSync(process.execPath, args, {encoding: 'utf8'});
  if (status !== 0) throw new Error(stderr);
  return stdout;
}

/** Prints the values of each output, or the error that tfjs has of it. */
const RUN = `
  import '@tensorflow/tfjs-backend-cpu';
  import {tensor} from '@tensorflow/tfjs-core';
  import {loadGraphModel} from '@tensorflow/tfjs-converter';
  import golden from '../../golden/graphs.json';

  const {inputs, outputs, weightData, ...others} = golden['${NAME}'];
  const {buffer} = Uint8Array.from(atob(weightData), c => c.charCodeAt(0));
  const load = () => Promise.resolve({...others, weightData: buffer});
  loadGraphModel({load}).then(async model => {
    const {x0} = inputs;
    const results = Object.keys(outputs).map(name => {
      try {
        return Array.from(model.execute(tensor(x0.values, x0.shape), name).dataSync());
      } catch (error) {
        return String(error);
      }
    });
    console.log(JSON.stringify(results));
  });`;

const PROGRAMS = {
  'accelerate with registerOp': `
    import {accelerate} from 'tfjs-normalization';
    import {registerOp} from '@tensorflow/tfjs-converter';
    accelerate({registerOp});`,
  'the import of accelerate and of the graphs': `
    import 'tfjs-normalization/accelerate';
    import 'tfjs-normalization/graph';`,
  'the import of accelerate alone': "import 'tfjs-normalization/accelerate';",
};

type Name = keyof typeof PROGRAMS;
const NAMES = Object.keys(PROGRAMS) as Name[];

let folder: string;
beforeAll(() => {
  folder = mkdtempSync(join(__dirname, 'graph-bundles-'));
  const entries = NAMES.map((_, i) => join(folder, `${i}.mjs`));
  entries.forEach((entry, i) => writeFileSync(entry, PROGRAMS[NAMES[i]] + RUN));
  runNode([join(__dirname, 'bundle.mjs'), 'esbuild with tfjs', ...entries]);
});
afterAll(() => rmSync(folder, {recursive: true, force: true}));

/** As in a worker of a page, which knows nothing of Node. */
function resultsOf(name: Name): Array<number[] | string> {
  const file = join(folder, `${NAMES.indexOf(name)}.mjs.cjs`);
  const code = `globalThis.WorkerGlobalScope = class {};
    delete globalThis.process;
    require(${JSON.stringify(file)});`;
  return JSON.parse(runNode(['--eval', code])) as Array<number[] | string>;
}

/** The names of those outputs, in order, that are as TensorFlow has them. */
const rightIn = (results: ReadonlyArray<number[] | string>) =>
  outputsOf(NAME).filter((_, i) => {
    const result = results[i];
    if (typeof result === 'string') return false;
    expectClose(result, expectedOf(NAME)[i].values, 1e-5);
    return true;
  });

test.each(NAMES.slice(0, 2))('by %s, all outputs are right', name => {
  expect(rightIn(resultsOf(name))).toEqual(outputsOf(NAME));
});

test('by the import of accelerate alone, y is right, and the others are errors', () => {
  expect(rightIn(resultsOf('the import of accelerate alone'))).toEqual(['Identity_3']);
});
