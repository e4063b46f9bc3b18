import {readFile} from 'node:fs/promises';
import {dirname, join} from 'node:path';
import {showProgress, start} from './installed.mjs';
import {countOf, parse, shapeOf, UsageError} from './options.mjs';

const USAGE = `Usage: npx tfjs-normalization compare model.json [option]...

Runs a file of tf.layers as it is and with this package's layers, on random numbers.

  --shape 4,224,224,3   the input's shape with the batch; by default one example of the model's own shape
  --backend cpu         cpu, wasm or tensorflow
  --rounds 10           how many times both are timed
  --json                prints an object and no tables
  --help                this text`;

/** @param {string[]} args */
export async function run(args) {
  const json = args.includes('--json');
  const parsed = parse(
    args.filter(arg => arg !== '--json'),
    {
      shape: {type: 'string'},
      backend: {type: 'string', default: 'cpu'},
      rounds: {type: 'string', default: '10'},
    },
    USAGE,
  );
  if (parsed == null) return;
  const {values, positionals} = parsed;
  if (positionals.length !== 1) throw new UsageError(`name one file, model.json.\n\n${USAGE}`);
  const shape = values.shape == null ? null : shapeOf(values.shape);
  const rounds = countOf('rounds', values.rounds ?? '10');
  const artifacts = await readModel(positionals[0]);
  const {tf, models} = await start(values.backend ?? 'cpu');
  const model = await tf.loadLayersModel(tf.io.fromMemory(artifacts));
  const inputs = model.inputs.map(input => {
    const wanted =
      model.inputs.length === 1 && shape != null ? shape : input.shape.map(size => size ?? 1);
    return input.dtype === 'int32' ? tf.zeros(wanted, 'int32') : tf.randomNormal(wanted);
  });
  const report = await models.compare(model, inputs, {rounds, onProgress: showProgress});
  if (json) {
    console.log(JSON.stringify(report, null, 2));
    return;
  }
  const {all, rows, refused, note} = report;
  const shown = rows.filter(row => row.fused || row.layer === 'all');
  console.table(shown.map(rounded));
  console.log(
    `The outputs differ by ${all.outputs.toPrecision(2)} at most; kernels ${all.kernels} → ${all.kernelsFused}, ` +
      `milliseconds ${all.milliseconds.toFixed(2)} → ${all.millisecondsFused.toFixed(2)} (${values.backend}).`,
  );
  if (note != null) console.log(note);
  for (const {layer, reason} of refused) console.log(`${layer} stays tfjs's: ${reason}`);
}

/** @param {import('tfjs-normalization/models').ComparedRow} row */
const rounded = row =>
  Object.fromEntries(
    Object.entries(row)
      .filter(([key]) => key !== 'className')
      .map(([key, value]) => [
        key,
        typeof value === 'number' ? Number(value.toPrecision(3)) : value,
      ]),
  );

/**
 * An argument that tf.loadLayersModel takes; plain tfjs reads no files in Node.
 *
 * @param {string} path
 * @returns {Promise<import('@tensorflow/tfjs').io.ModelArtifacts>}
 */
async function readModel(path) {
  /** @type {import('@tensorflow/tfjs').io.ModelJSON} */
  let json;
  try {
    json = JSON.parse(await readFile(path, 'utf8'));
  } catch (error) {
    throw new UsageError(
      `${path} cannot be read as a model: ${/** @type {Error} */ (error).message}`,
    );
  }
  if (json.modelTopology == null || json.format === 'graph-model') {
    throw new UsageError(
      `${path} must be a file of tf.layers, with a modelTopology and no GraphModel.`,
    );
  }
  const manifest = json.weightsManifest ?? [];
  const files = manifest.flatMap(({paths}) => paths);
  const parts = await Promise.all(files.map(file => readFile(join(dirname(path), file)))).catch(
    error => {
      throw new UsageError(`the weights of ${path} cannot be read: ${error.message}`);
    },
  );
  const {buffer, byteOffset, byteLength} = Buffer.concat(parts);
  return {
    modelTopology: json.modelTopology,
    weightSpecs: manifest.flatMap(({weights}) => weights),
    weightData: /** @type {ArrayBuffer} */ (buffer.slice(byteOffset, byteOffset + byteLength)),
  };
}
