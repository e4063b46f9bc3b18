import {showProgress, start} from './installed.mjs';
import {countOf, parse, shapeOf, UsageError} from './options.mjs';

const USAGE = `Usage: npx tfjs-normalization bench [option]...

Times a norm of this package beside tfjs's: its layer, or the same in tf ops where it has none.

  --norm layer          batch, layer, group, instance or rms
  --shape 8,64,64,128   the input's shape, channels last
  --backend cpu         cpu, wasm or tensorflow
  --rounds 20           how many times each is timed
  --help                this text`;

/** With more rows, the backward pass of tfjs's layer norm takes minutes. */
const MOST_ROWS = 4096;
const rowsOf = (/** @type {number[]} */ shape) =>
  shape.slice(0, -1).reduce((product, size) => product * size, 1);

/** @typedef {import('@tensorflow/tfjs').Tensor} Tensor */
/** @typedef {{call: (x: Tensor) => Tensor, weights: Tensor[]}} Contestant */

/** @param {string[]} args */
export async function run(args) {
  const parsed = parse(
    args,
    {
      norm: {type: 'string', default: 'layer'},
      shape: {type: 'string', default: '8,64,64,128'},
      backend: {type: 'string', default: 'cpu'},
      rounds: {type: 'string', default: '20'},
    },
    USAGE,
  );
  if (parsed == null) return;
  const {norm = '', shape: text = '', backend = '', rounds: many = ''} = parsed.values;
  if (parsed.positionals.length > 0) {
    throw new UsageError(
      `bench takes options alone, but got ${parsed.positionals[0]}.\n\n${USAGE}`,
    );
  }
  const shape = shapeOf(text);
  const rounds = countOf('rounds', many);
  if (!['batch', 'layer', 'group', 'instance', 'rms'].includes(norm)) {
    throw new UsageError(`--norm must be batch, layer, group, instance or rms, but is ${norm}.`);
  }
  if (shape.length < 2) throw new UsageError('--shape must have at least two sizes.');
  const {tf, tfn} = await start(backend);
  const channels = shape[shape.length - 1];
  const groups = channels % 32 === 0 ? 32 : 1;
  /** @type {Record<string, () => import('@tensorflow/tfjs').layers.Layer>} */
  const makers = {
    batch: () => tfn.layers.batchNormalization(),
    layer: () => tfn.layers.layerNormalization(),
    group: () => tfn.layers.groupNormalization({groups}),
    instance: () => tfn.layers.instanceNormalization(),
    rms: () => tfn.layers.rmsNormalization(),
  };
  const ours = layerAs(makers[norm](), shape);
  const theirs =
    norm === 'batch' || norm === 'layer'
      ? layerAs(
          norm === 'batch' ? tf.layers.batchNormalization() : tf.layers.layerNormalization(),
          shape,
        )
      : composed(tf, norm, shape, norm === 'instance' ? channels : groups);
  const x = tf.randomNormal(shape);
  const contestants = {'tfjs-normalization': ours, tfjs: theirs};
  const rows = [];
  for (const pass of ['forward', 'forward + backward']) {
    for (const [name, {call, weights}] of Object.entries(contestants)) {
      if (pass !== 'forward' && name === 'tfjs' && norm === 'layer' && rowsOf(shape) > MOST_ROWS) {
        console.log(
          `tfjs's layer norm launches kernels for each row: its backward pass of more than ${MOST_ROWS} rows is left out.`,
        );
        continue;
      }
      const once = () =>
        pass === 'forward' ? [tf.tidy(() => call(x))] : tf.grads(() => call(x))([x, ...weights], x);
      rows.push({pass, name, ...(await measure(tf, once, rounds, `${name}, ${pass}`))});
    }
  }
  console.table(rows);
}

/**
 * @param {import('@tensorflow/tfjs').layers.Layer} layer
 * @param {number[]} shape
 * @returns {Contestant}
 */
function layerAs(layer, shape) {
  layer.build(shape);
  return {
    call: x => /** @type {Tensor} */ (layer.call(x, {training: true})),
    weights: layer.trainableWeights.map(weight => weight.read()),
  };
}

/**
 * The norm in tf ops, as programs write it.
 *
 * @param {typeof import('@tensorflow/tfjs')} tf
 * @param {string} norm
 * @param {number[]} shape
 * @param {number} groups
 * @returns {Contestant}
 */
function composed(tf, norm, shape, groups) {
  const channels = shape[shape.length - 1];
  const gamma = tf.ones([channels]);
  const beta = tf.zeros([channels]);
  if (norm === 'rms') {
    return {
      call: x => tf.mul(tf.mul(x, tf.rsqrt(tf.add(tf.mean(tf.square(x), -1, true), 1e-6))), gamma),
      weights: [gamma],
    };
  }
  const split = [...shape.slice(0, -1), groups, channels / groups];
  const axes = split.map((_, i) => i).filter(i => i !== 0 && i !== shape.length - 1);
  return {
    call: x => {
      const grouped = tf.reshape(x, split);
      const {mean, variance} = tf.moments(grouped, axes, true);
      const normed = tf.mul(tf.sub(grouped, mean), tf.rsqrt(tf.add(variance, 1e-3)));
      return tf.add(tf.mul(tf.reshape(normed, shape), gamma), beta);
    },
    weights: [gamma, beta],
  };
}

/**
 * @param {typeof import('@tensorflow/tfjs')} tf
 * @param {() => Tensor[]} once
 * @param {number} rounds
 * @param {string} what
 */
async function measure(tf, once, rounds, what) {
  const finished = async () => {
    const results = once();
    await results[0].data();
    tf.dispose(results);
  };
  await finished();
  const {kernels} = await tf.profile(() => {
    tf.dispose(once());
    return [];
  });
  const samples = [];
  for (let round = 1; round <= rounds; round++) {
    const start = performance.now();
    await finished();
    samples.push(performance.now() - start);
    showProgress({what, done: round, all: rounds});
  }
  samples.sort((a, b) => a - b);
  const milliseconds = Number(samples[Math.floor(rounds / 2)].toPrecision(3));
  return {kernels: kernels.length, milliseconds};
}
