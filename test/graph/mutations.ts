/** The golden models with something changed in each, by a seed: what is fused must compute the same as before. */
import * as tf from '@tensorflow/tfjs';
import {fuseNormalizations} from '../../src/graph/index.js';
import {artifactsOf, inputsOf, NAMES} from './golden_graphs.js';
import type {NodeJson} from './graph_builder.js';
import {Random} from './random.js';
import {spellingOf} from './spellings.js';

type Weight = {name: string; shape: number[]; dtype: 'float32' | 'int32'; values: number[]};
type Model = {nodes: NodeJson[]; weights: Map<string, Weight>; outputs: string[]};

/** The fate of a model: it was fused, or stayed as it was, or tfjs cannot run it at all. */
export type Outcome = 'fused' | 'refused' | 'invalid';

/** The nodes whose weights are as they were. */
const BASES = NAMES.filter(name => !name.startsWith('quantized') && name !== 'in a loop');

const isReduction = ({op}: NodeJson) => op === 'Mean' || op === 'Sum' || op === 'EuclideanNorm';
const BINARY = [
  'Mul',
  'AddV2',
  'Sub',
  'RealDiv',
  'Maximum',
  'SquaredDifference',
  'DivNoNan',
  'Pow',
];
const UNARY = ['Rsqrt', 'Sqrt', 'Square', 'Neg', 'Reciprocal', 'Identity'];

/** A new node in front of an input of another. */
function insert(model: Model, node: NodeJson, at: number, made: Omit<NodeJson, 'name'>): void {
  const name = `${node.name}/new${model.nodes.length}`;
  model.nodes.push({name, ...made});
  node.input![at] = name;
}

function constant(model: Model, values: number[], shape: number[], dtype: Weight['dtype']): string {
  const name = `new constant ${model.nodes.length}`;
  model.nodes.push({name, op: 'Const', attr: constantAttr(shape)});
  model.weights.set(name, {name, shape, dtype, values});
  return name;
}

const constantAttr = (shape: number[]) => ({
  value: {tensor: {tensorShape: {dim: shape.map(size => ({size: String(size)}))}}},
});

const computing = ({nodes}: Model): NodeJson[] =>
  nodes.filter(({op, input}) => (input?.length ?? 0) > 0 && op !== 'Const');

type Mutation = (model: Model, random: Random) => void;

const MUTATIONS: Record<string, Mutation> = {
  keepdims: ({nodes}, random) => {
    const node = random.one(nodes.filter(isReduction));
    if (node == null) return;
    const before = node.attr['keep_dims'] as {b?: boolean} | undefined;
    node.attr['keep_dims'] = {b: !(before?.b ?? false)};
  },
  axes: (model, random) => {
    const node = random.one(model.nodes.filter(isReduction));
    if (node == null) return;
    const axes = [-1, -2, 0, 1, 2, 3].filter(() => random.next() < 0.4);
    // tfjs reads none as undefined.
    if (axes.length === 0) axes.push(-1);
    node.input![1] = constant(model, axes, [axes.length], 'int32');
  },
  average: ({nodes}, random) => {
    const node = random.one(nodes.filter(isReduction));
    if (node != null) node.op = random.one(['Mean', 'Sum']);
  },
  'swapped operands': ({nodes}, random) => {
    random.one(nodes.filter(({op}) => BINARY.includes(op)))?.input?.reverse();
  },
  'another op': ({nodes}, random) => {
    const node = random.one(nodes.filter(({op}) => [...BINARY, ...UNARY].includes(op)));
    if (node != null) node.op = random.one(BINARY.includes(node.op) ? BINARY : UNARY);
  },
  'epsilon outside of the root': (model, random) => {
    const roots = model.nodes
      .filter(({op}) => op === 'Rsqrt' || op === 'Sqrt')
      .map(({name}) => name);
    const user = random.one(computing(model).filter(({input}) => roots.includes(input![0])));
    if (user == null) return;
    const epsilon = constant(model, [random.one([0, 1e-3, 0.5])], [], 'float32');
    insert(model, user, 0, {op: 'AddV2', input: [user.input![0], epsilon], attr: {}});
  },
  'a changed constant': ({weights}, random) => {
    const weight = random.one([...weights.values()].filter(({values}) => values.length > 0));
    if (weight == null) return;
    const factor = random.one([0, -1, 0.5, 1.001, 2, 1e4]);
    if (weight.dtype === 'float32') weight.values = weight.values.map(value => value * factor);
    else weight.values[random.below(weight.values.length)] += random.one([-1, 1]);
  },
  'a constant of another shape': (model, random) => {
    // Fill takes one number, in TensorFlow; tfjs takes the first of several.
    const filling = model.nodes.filter(({op}) => op === 'Fill').flatMap(({input}) => input);
    const weight = random.one(
      [...model.weights.values()].filter(
        ({name, dtype}) => dtype === 'float32' && !filling.includes(name),
      ),
    );
    if (weight == null) return;
    const size = weight.values.length;
    const shape = random.one([
      [1, size],
      [size, 1],
      [size, 1, 1],
      [1, 1, 1, 1, size],
      [3, size],
      [2, 1, 1, size],
      [4, 5, size],
      [8],
    ]);
    const values = Array.from({length: shape.reduce((a, b) => a * b, 1)}, random.next);
    model.weights.set(weight.name, {...weight, shape, values});
    model.nodes.find(({name}) => name === weight.name)!.attr = constantAttr(shape);
  },
  'another input': ({nodes}, random) => {
    const at = random.below(nodes.length);
    const node = nodes[at];
    // A Fill might get several numbers, as below.
    if (at > 0 && node.input?.length && node.op !== 'Fill') {
      node.input[random.below(node.input.length)] = nodes[random.below(at)].name;
    }
  },
  'an exposed node': (model, random) => {
    model.outputs.push(random.one(computing(model)).name);
  },
  'a shared node': (model, random) => {
    const shared = random.one(computing(model)).name;
    const name = `shared${model.nodes.length}`;
    model.nodes.push({name, op: 'Neg', input: [shared], attr: {}});
    model.outputs.push(name);
  },
  'a reshaped value': (model, random) => {
    const node = random.one(computing(model).filter(({op}) => op !== 'Fill'));
    const shape = random.one([[-1, 1], [1, -1], [-1], [2, -1], [-1, 8], [-1, 5, 4, 8]]);
    const target = constant(model, shape, [shape.length], 'int32');
    // TensorFlow takes no axes of rank 2.
    const at = isReduction(node) ? 0 : random.below(Math.min(node.input!.length, 2));
    insert(model, node, at, {op: 'Reshape', input: [node.input![at], target], attr: {}});
  },
  'a scaled value': (model, random) => {
    const node = random.one(computing(model));
    const factor = constant(model, [random.one([-1, 0.5, 2])], [], 'float32');
    insert(model, node, 0, {op: 'Mul', input: [node.input![0], factor], attr: {}});
  },
};

function modelOf({modelTopology, signature, weightSpecs, weightData}: tf.io.ModelArtifacts): Model {
  const {node: nodes} = modelTopology as {node: NodeJson[]};
  const weights = tf.tidy(() => tf.io.decodeWeights(weightData!, weightSpecs!));
  const {outputs} = signature as {outputs: Record<string, {name: string}>};
  return {
    nodes: nodes.map(node => Object.assign(node, {attr: node.attr ?? {}})),
    outputs: Object.values(outputs).map(({name}) => name.split(':')[0]),
    weights: new Map(
      Object.entries(weights).map(([name, {shape, dtype}]) => {
        const values = Array.from(weights[name].dataSync());
        weights[name].dispose();
        return [name, {name, shape, dtype: dtype as Weight['dtype'], values}];
      }),
    ),
  };
}

function artifactsFrom(
  {nodes, weights, outputs}: Model,
  before: tf.io.ModelArtifacts,
  hasSignature: boolean,
): tf.io.ModelArtifacts {
  const {inputs} = before.signature as {inputs: object};
  const named = Object.fromEntries(outputs.map((name, i) => [`out${i}`, {name: `${name}:0`}]));
  const values = [...weights.values()].map(({values, dtype}) =>
    dtype === 'int32' ? Int32Array.from(values) : Float32Array.from(values),
  );
  return {
    modelTopology: {...(before.modelTopology as Record<string, unknown>), node: nodes},
    ...(hasSignature ? {signature: {inputs, outputs: named}} : {}),
    weightSpecs: [...weights.values()].map(({name, shape, dtype}) => ({name, shape, dtype})),
    weightData: tf.io.CompositeArrayBuffer.join(values.map(({buffer}) => buffer as ArrayBuffer)),
  };
}

/** A batch norm by the statistics of the batch, which tfjs itself does not have, in its ops. */
function batchNorm({
  inputs,
  attrs,
}: {
  inputs: tf.Tensor[];
  attrs: {data_format?: string; epsilon: number};
}) {
  const [x, scale, offset] = inputs;
  return tf.tidy(() => {
    const second = attrs.data_format?.startsWith('nc') ?? false;
    const channels = second ? 1 : x.rank - 1;
    for (const {shape} of [scale, offset]) {
      if (x.rank < 4 || shape.length !== 1 || shape[0] !== x.shape[channels])
        throw new Error('TensorFlow refuses this');
    }
    const axes = x.shape.map((_, axis) => axis).filter(axis => axis !== channels);
    const {mean, variance} = tf.moments(x, axes, true);
    const [gamma, beta] = [scale, offset].map(t => tf.reshape(t, mean.shape));
    const rstd = tf.rsqrt(tf.add(variance, attrs.epsilon));
    const y = tf.add(tf.mul(tf.mul(tf.sub(x, mean), rstd), gamma), beta);
    const count = x.size / mean.size;
    const flat = [mean, variance].map(t => tf.reshape(t, [-1]));
    const unbiased = tf.mul(flat[1], count / Math.max(count - 1, 1));
    return [y, flat[0], unbiased, tf.clone(flat[0]), tf.clone(flat[1]), tf.scalar(0)];
  });
}
const BATCH_NORMS = ['FusedBatchNorm', 'FusedBatchNormV2', 'FusedBatchNormV3'];

type Base = {
  name: string;
  artifacts: tf.io.ModelArtifacts;
  inputs: () => Record<string, tf.Tensor>;
};

function goldenBase(random: Random): Base {
  const name = random.one(BASES);
  return {name, artifacts: artifactsOf(name), inputs: () => inputsOf(name)};
}

function spelledBase(random: Random): Base {
  const {graph, output, words} = spellingOf(random);
  const inputs = () =>
    Object.fromEntries(
      Object.entries(graph.inputs).map(([name, {shape, values}]) => [
        name,
        tf.tensor(values, shape, 'float32'),
      ]),
    );
  return {name: words.join(' | '), artifacts: graph.artifacts([output]), inputs};
}

async function run(handler: tf.io.IOHandler, {inputs}: Base): Promise<number[][] | null> {
  let model: tf.GraphModel | undefined;
  try {
    model = await tf.loadGraphModel(handler);
    const outputs = [model.execute(inputs())].flat();
    return outputs.map(output => [...output.shape, NaN, ...output.dataSync()]);
  } catch {
    return null;
  } finally {
    model?.dispose();
  }
}

/** Changes a golden model by the seed, and throws unless it computes the same with its norms fused. */
export function checkMutation(seed: number): Promise<Outcome> {
  const random = new Random(seed);
  const base = goldenBase(random);
  return checkSame(`seed ${seed}`, base, mutated(base, random));
}

/** The same for a norm that is written in a way that the seed chooses, and then changed or not. */
export function checkSpelling(seed: number, isMutated: boolean): Promise<Outcome> {
  const random = new Random(seed);
  const base = spelledBase(random);
  const artifacts = isMutated ? mutated(base, random) : base.artifacts;
  return checkSame(`spelling ${seed}`, base, artifacts);
}

function mutated(base: Base, random: Random): tf.io.ModelArtifacts {
  const model = modelOf(base.artifacts);
  const names = Array.from({length: 1 + random.below(2)}, () => random.one(Object.keys(MUTATIONS)));
  for (const name of names) MUTATIONS[name](model, random);
  base.name += ` with ${names.join(' and ')}`;
  return artifactsFrom(model, base.artifacts, random.next() < 0.7);
}

async function checkSame(
  what: string,
  base: Base,
  artifacts: tf.io.ModelArtifacts,
): Promise<Outcome> {
  const handler = fuseNormalizations(artifacts);
  tf.engine().startScope();
  try {
    BATCH_NORMS.forEach(name => tf.registerOp(name, batchNorm as never));
    const expected = await run(tf.io.fromMemory(artifacts), base);
    BATCH_NORMS.forEach(name => tf.deregisterOp(name));
    const actual = await run(handler, base);
    if (expected == null) return 'invalid';
    const report = JSON.stringify(handler.report);
    if (actual == null) throw new Error(`${what}, ${base.name}, does not run: ${report}`);
    const far = farthest(actual, expected);
    if (far != null) throw new Error(`${what}, ${base.name}, is wrong: ${far}. ${report}`);
    return handler.report!.fused.length > 0 ? 'fused' : 'refused';
  } finally {
    tf.engine().endScope();
  }
}

/** Where the outputs differ by more than rounding. */
function farthest(actual: number[][], expected: number[][]): string | null {
  if (actual.length !== expected.length) return `${actual.length} outputs of ${expected.length}`;
  for (const [i, values] of expected.entries()) {
    const finite = values.filter(Number.isFinite);
    const scale = Math.sqrt(finite.reduce((sum, v) => sum + v * v, 0) / finite.length) || 1;
    if (values.length !== actual[i].length) return `output ${i} has another shape`;
    for (const [j, value] of values.entries()) {
      const given = actual[i][j];
      const isSame =
        Object.is(given, value) ||
        Math.abs(given - value) <= 1e-3 * scale + 1e-3 * Math.abs(value) ||
        isQuotientByRounding(given, value);
      if (!isSame && given !== value) return `output ${i} has ${given} and not ${value} at ${j}`;
    }
  }
  return null;
}

/** Whether both are quotients by a normalized value near 0, which is as exact as float32 has it near 1. */
const isQuotientByRounding = (a: number, b: number): boolean =>
  Math.min(Math.abs(a), Math.abs(b)) > 1e3 && Math.abs(1 / a - 1 / b) <= 1e-6;
