import * as tf from '@tensorflow/tfjs';
import * as tfn from '../../src/index.js';
import {foldBatchNorm, fuseLayers} from '../../src/models/index.js';
import {expectClose} from '../close.js';
import {artifactsOf, normal} from '../models.js';
import {expectNoLeak} from '../no_leak.js';
import {Block, fillWeights, MODELS} from './models.js';

const {layers} = tf;
type Layer = tf.layers.Layer;
const predict = (model: tf.LayersModel, x: tf.Tensor): tf.Tensor => model.predict(x) as tf.Tensor;

/** In a functional model, of which a sequential one is none. */
const chain = (shape: number[], ...list: Layer[]): tf.LayersModel => {
  const x = tf.input({shape});
  const y = list.reduce((x, layer) => layer.apply(x) as tf.SymbolicTensor, x);
  return fillWeights(tf.model({inputs: x, outputs: y}));
};
const sequential = (shape: number[], ...list: Layer[]): tf.LayersModel => {
  const model = tf.sequential();
  model.add(layers.inputLayer({inputShape: shape}));
  list.forEach(layer => model.add(layer));
  return fillWeights(model);
};

/** The fold computes what the model computed, with these kernels of tfjs and no others. */
function expectFolded(model: tf.LayersModel, kernels: string[], batch = 2) {
  const [, ...shape] = model.inputs[0].shape as number[];
  const x = normal([batch, ...shape], 7);
  const before = predict(model, x);
  const {model: folded, report} = foldBatchNorm(model);
  expect(folded.outputs.map(y => y.shape)).toEqual(model.outputs.map(y => y.shape));
  const after = predict(folded, x);
  expect(after.shape).toEqual(before.shape);
  // Rounded to float32: the folded weights, and the sums of other terms.
  expectClose(after, before, 1e-5);
  expectClose(predict(model, x), before, 0);
  expect(kernelsOf(folded, x)).toEqual(kernels);
  return report;
}

/** The kernels that run, but for those that only look at a tensor in another shape. */
function kernelsOf(model: tf.LayersModel, x: tf.Tensor): string[] {
  const spy = jest.spyOn(tf.engine(), 'runKernel');
  try {
    tf.tidy(() => void model.call(x, {}));
    const names = spy.mock.calls.map(([name]) => name);
    return names.filter(name => !['Identity', 'Reshape', 'ExpandDims'].includes(name));
  } finally {
    spy.mockRestore();
  }
}

const bn = (args = {}) => layers.batchNormalization({name: 'bn', ...args});
const ours = (args = {}) => tfn.layers.batchNormalization({name: 'bn', ...args});
const conv2d = (args = {}) => layers.conv2d({name: 'conv', filters: 4, kernelSize: 3, ...args});
const bare = {useBias: false};
const first = {dataFormat: 'channelsFirst'} as const;
const Conv = 'FusedConv2D';
const [square, signal, volume] = [
  [7, 6, 3],
  [8, 3],
  [4, 5, 4, 2],
];

type Folded = [
  what: string,
  shape: number[],
  layer: (args: object) => Layer,
  kernels: string[],
  norm?: object,
];

// prettier-ignore
const FOLDED: Folded[] = [
  ['dense', [5], args => layers.dense({units: 3, ...args}), ['_FusedMatMul']],
  ['standardized conv2d', square,
    args => tfn.layers.weightStandardization({layer: conv2d(args), scaled: true, name: 'conv'}), [Conv]],
  ['dense on sequences', [4, 5], args => layers.dense({units: 3, ...args}), ['_FusedMatMul']],
  ['conv1d', signal, args => layers.conv1d({filters: 4, kernelSize: 3, dilationRate: 2, ...args}), [Conv]],
  ['conv2d', square, conv2d, [Conv]],
  ['conv2d, strides', square, args => conv2d({strides: [2, 1], ...args}), [Conv]],
  ['conv2d, dilation', square, args => conv2d({dilationRate: [1, 2], ...args}), [Conv]],
  ['conv2d of 1, same', square, args => conv2d({padding: 'same', kernelSize: 1, strides: 2, ...args}), [Conv]],
  ['conv2d, channels first', [3, 7, 6], args => conv2d({...first, ...args}), ['Transpose', Conv, 'Transpose'],
    {axis: 1}],
  ['conv3d', volume, args => layers.conv3d({filters: 3, kernelSize: 2, ...args}), ['Conv3D', 'Add']],
  ['conv3d, channels first', [2, 4, 5, 4], args => layers.conv3d({...first, filters: 3, kernelSize: 2, ...args}),
    ['Transpose', 'Conv3D', 'Add', 'Transpose'], {axis: 1}],
  ['depthwise', square, args => layers.depthwiseConv2d({kernelSize: 3, ...args}), ['FusedDepthwiseConv2D']],
  ['depthwise, multiplied', square, args => layers.depthwiseConv2d({kernelSize: 3, depthMultiplier: 2, ...args}),
    ['FusedDepthwiseConv2D']],
  ['depthwise, channels first', [3, 7, 6],
    args => layers.depthwiseConv2d({...first, kernelSize: 3, depthMultiplier: 2, ...args}),
    ['Transpose', 'FusedDepthwiseConv2D', 'Transpose'], {axis: 1}],
  // tfjs leaves this out of account.
  ['depthwise, dilation', square, args => layers.depthwiseConv2d({kernelSize: 3, dilationRate: 2, ...args}),
    ['FusedDepthwiseConv2D']],
  ['separable', square, args => layers.separableConv2d({filters: 4, kernelSize: 3, depthMultiplier: 2, ...args}),
    ['DepthwiseConv2dNative', Conv]],
  ['separable, dilation', square,
    args => layers.separableConv2d({filters: 4, kernelSize: 3, dilationRate: 2, ...args}),
    ['DepthwiseConv2dNative', Conv]],
];

// Each before and behind, with and without a bias.
describe.each(['behind', 'before'])('batch norm %s', place => {
  const isBehind = place === 'behind';
  test.each(FOLDED)('%s', (_, shape, make, kernels, norm = {}) => {
    for (const [args, kind] of [
      [bare, bn],
      [{}, ours],
    ] as const) {
      // Batch norm of rank 5 and of channels first is tfjs's weak side.
      const each = shape.length > 3 || 'axis' in norm ? ours : kind;
      const [layer, batchNorm] = [make({name: 'conv', ...args}), each(norm)];
      const report = expectFolded(
        chain(shape, ...(isBehind ? [layer, batchNorm] : [batchNorm, layer])),
        kernels,
      );
      expect(report).toEqual({folded: [{layer: 'bn', into: 'conv'}], refused: []});
    }
  });
});

// prettier-ignore
test.each<[what: string, layers: Layer[], kernels: string[]]>([
  ['same', [conv2d({padding: 'same'}), bn()], [Conv]],
  ['transposed', [layers.conv2dTranspose({name: 'conv', filters: 4, kernelSize: 3, strides: 2}), bn()],
    ['Conv2DBackpropInput', 'Add']],
  ['transposed, channels first', [layers.permute({dims: [3, 1, 2]}),
    layers.conv2dTranspose({name: 'conv', filters: 4, kernelSize: 3, ...bare, ...first}), ours({axis: 1})],
    ['Transpose', 'Transpose', 'Conv2DBackpropInput', 'Transpose', 'Add']],
  ['transposed 3-d', [layers.reshape({targetShape: [7, 3, 2, 3]}),
    layers.conv3dTranspose({name: 'conv', filters: 4, kernelSize: 2}), ours()], ['Conv3DBackpropInputV2', 'Add']],
  ['separable, channels first', [layers.permute({dims: [3, 1, 2]}),
    layers.separableConv2d({name: 'conv', filters: 4, kernelSize: 3, ...bare, ...first}), ours({axis: 1})],
    ['Transpose', 'Transpose', 'DepthwiseConv2dNative', Conv, 'Transpose']],
  ['without center and scale', [conv2d(), bn({center: false, scale: false, epsilon: 0.3})], [Conv]],
  ['with a constraint that ours applies', [conv2d(), ours({gammaConstraint: 'unitNorm'})], [Conv]],
])('%s', (_, list, kernels) => {
  const report = expectFolded(chain(square, ...list), kernels);
  expect(report).toEqual({folded: [{layer: 'bn', into: 'conv'}], refused: []});
});

// prettier-ignore
test.each<[activation: string, Layer, makes: (args: object) => Layer, kernels: string[]]>([
  ['relu', layers.activation({name: 'act', activation: 'relu'}), conv2d, [Conv]],
  ['relu', layers.reLU({name: 'act'}), args => layers.conv1d({filters: 4, kernelSize: 3, ...args}), [Conv]],
  ['relu6', layers.reLU({name: 'act', maxValue: 6}), args => layers.depthwiseConv2d({kernelSize: 3, ...args}),
    ['FusedDepthwiseConv2D']],
  ['relu6', layers.activation({name: 'act', activation: 'relu6'}), args => layers.dense({units: 3, ...args}),
    ['_FusedMatMul']],
  ['elu', layers.elu({name: 'act'}), args => layers.separableConv2d({filters: 4, kernelSize: 3, ...args}),
    ['DepthwiseConv2dNative', Conv]],
  ['sigmoid', layers.activation({name: 'act', activation: 'sigmoid'}), conv2d, [Conv]],
])('takes up %s', (activation, layer, make, kernels) => {
  const conv = make({name: 'conv'});
  const model = chain(
    conv.getClassName() === 'Conv1D' ? signal : square,
    conv,
    bn({momentum: 0.5}),
    layer,
  );
  const report = expectFolded(model, kernels);
  expect(report).toEqual({folded: [{layer: 'bn', into: 'conv', activation}], refused: []});
  expect(foldBatchNorm(model).model.outputNames).toEqual(['act']);
});

test.each<[name: string, Layer, kernels: string[]]>([
  ['tanh', layers.activation({activation: 'tanh'}), ['Tanh']],
  ['a limit of its own', layers.reLU({maxValue: 1}), ['Relu', 'ClipByValue']],
  ['a slope', layers.leakyReLU({}), ['LeakyRelu']],
])('leaves an activation with %s', (_, layer, kernels) => {
  const report = expectFolded(chain(square, conv2d(), bn(), layer), [Conv, ...kernels]);
  expect(report.folded).toEqual([{layer: 'bn', into: 'conv'}]);
});

test('folds batch norms on both sides of a layer', () => {
  const norms = ['b1', 'b2', 'b3'].map(name => layers.batchNormalization({name}));
  const next = layers.dense({name: 'next', units: 3, activation: 'relu'});
  const list = [norms[0], conv2d(), norms[1], layers.flatten(), norms[2], next];
  expect(expectFolded(chain(square, ...list), [Conv, '_FusedMatMul'])).toEqual({
    folded: [
      {layer: 'b1', into: 'conv'},
      {layer: 'b2', into: 'conv'},
      {layer: 'b3', into: 'next'},
    ],
    refused: [],
  });
});

test('a sequential model stays one, whose files plain tfjs loads', async () => {
  const model = fillWeights(
    tf.sequential({
      name: 'chain',
      layers: [
        layers.batchNormalization({name: 'b1', inputShape: square}),
        conv2d(),
        layers.batchNormalization({name: 'b2'}),
        layers.reLU({name: 'relu', maxValue: 6}),
        layers.flatten({name: 'flat'}),
      ],
    }),
  );
  expectFolded(model, [Conv]);
  const {model: folded} = foldBatchNorm(model);
  expect(folded).toBeInstanceOf(tf.Sequential);
  expect([folded.name, folded.inputNames]).toEqual(['chain', model.inputNames]);
  expect(folded.layers.map(({name}) => name)).toEqual(['conv', 'flat']);
  const loaded = await tf.loadLayersModel(tf.io.fromMemory(await artifactsOf(folded)));
  const x = normal([2, ...square]);
  expectClose(predict(loaded, x), predict(model, x), 1e-5);
});

test('folds within models, shared ones too, and after fuseLayers', () => {
  const inner = sequential(
    square,
    conv2d({name: 'c1', padding: 'same'}),
    bn({name: 'b1'}),
    layers.reLU(),
  );
  const x = tf.input({shape: square});
  const mixed = layers.conv2d({name: 'c2', filters: 3, kernelSize: 1}).apply(inner.apply(x));
  const y = layers.batchNormalization({name: 'b2'}).apply(mixed) as tf.SymbolicTensor;
  const model = fillWeights(tf.model({inputs: x, outputs: inner.apply(y) as tf.SymbolicTensor}));
  const folded = [
    {layer: 'b2', into: 'c2'},
    {layer: 'b1', into: 'c1', activation: 'relu'},
  ];
  expect(expectFolded(model, [Conv, Conv, Conv])).toEqual({folded, refused: []});
  expect(expectFolded(fuseLayers(model).model, [Conv, Conv, Conv])).toEqual({folded, refused: []});
});

test('folds within a model in TimeDistributed', () => {
  const inner = sequential([4], layers.dense({units: 3}), bn());
  const model = sequential([2, 4], layers.timeDistributed({layer: inner}));
  expect(
    expectFolded(model, expect.arrayContaining(['_FusedMatMul']) as never).folded,
  ).toHaveLength(1);
});

test.each(Object.keys(MODELS))('computes the same, and allocates for what it folds: %s', name => {
  const {model: make, x: makeX} = MODELS[name];
  const [model, x] = [fillWeights(make()), makeX()];
  const before = [model.predict(x)].flat();
  expectNoLeak(() => {
    const {model: folded} = foldBatchNorm(model);
    tf.tidy(() => [folded.predict(x)].flat().forEach((y, i) => expectClose(y, before[i], 1e-5)));
    folded.dispose();
  });
});

// The layers that a model is made of, or what makes it of its input.
type Made = Layer[] | ((x: tf.SymbolicTensor) => tf.SymbolicTensor | tf.SymbolicTensor[]);
const apply = (layer: Layer, x: unknown) =>
  layer.apply(x as tf.SymbolicTensor) as tf.SymbolicTensor;

// prettier-ignore
test.each<[reason: string, made: Made]>([
  ['no layer is before it', [bn()]],
  ['pool, before it, is a MaxPooling2D, which has no kernel to fold into',
    [layers.maxPooling2d({name: 'pool', poolSize: 2}), bn()]],
  ['an activation, relu, is before it', [conv2d(), layers.reLU({name: 'relu'}), bn()]],
  ['conv, before it, has the activation relu', [conv2d({activation: 'relu'}), bn()]],
  ['conv, before it, has its channels on axis 3, not on axis 2', [conv2d(), ours({axis: 2})]],
  ['it normalizes along several axes, 1, 3', [conv2d(), ours({axis: [1, -1]})]],
  ['no layer is before it; conv, behind it, pads with zeros', [bn(), conv2d({padding: 'same'})]],
  [
    'no layer is before it; conv, behind it, is transposed: its outputs get differing shares of a constant',
    [bn(), layers.conv2dTranspose({name: 'conv', filters: 2, kernelSize: 2})],
  ],
  [
    'no layer is before it; conv, behind it, has its channels on axis 1, not on axis 3',
    [bn(), conv2d(first)],
  ],
  ['it is held by steps, a TimeDistributed', [layers.timeDistributed({name: 'steps', layer: bn()})]],
  ['conv, before it, has channels first, which tfjs computes as channels last',
    [layers.reshape({targetShape: [3, 42]}), layers.conv1d({...first, name: 'conv', filters: 3, kernelSize: 1}),
    ours({axis: 1})]],
  ['inner, before it, is a model',
    [sequential(square, conv2d()), bn()].map((layer, i) => (i === 0 && (layer.name = 'inner'), layer))],
  [
    'the output of conv, before it, also goes to pool',
    x => {
      const y = apply(conv2d(), x);
      return [apply(bn(), y), apply(layers.maxPooling2d({name: 'pool', poolSize: 2}), y)];
    },
  ],
  [
    "the output of conv, before it, is one of the model's",
    x => {
      const y = apply(conv2d(), x);
      return [y, apply(bn(), y)];
    },
  ],
  [
    'conv, before it, is called 2 times, so that its kernel is shared',
    x => {
      const conv = conv2d();
      return [apply(bn(), apply(conv, x)), apply(conv, x)];
    },
  ],
  ['it is called with training: true, for which it needs the batch',
    x => ours().apply(apply(conv2d(), x), {training: true}) as tf.SymbolicTensor],
])('leaves a batch norm since %s', (reason, made) => {
  const x = tf.input({shape: square});
  const outputs =
    typeof made === 'function' ? made(x) : made.reduce((x, layer) => apply(layer, x), x);
  const model = fillWeights(tf.model({inputs: x, outputs}));
  const {model: folded, report} = foldBatchNorm(model);
  expect(report).toEqual({folded: [], refused: [{layer: 'bn', reason: `${reason}.`}]});
  expect(folded.weights).toEqual(model.weights);
});

test('a batch norm that two layers share goes into either', () => {
  const x = tf.input({shape: square});
  const shared = bn();
  const branches = ['c1', 'c2'].map(name => apply(shared, apply(conv2d({name, ...bare}), x)));
  const model = fillWeights(tf.model({inputs: x, outputs: apply(layers.add(), branches)}));
  expect(expectFolded(model, [Conv, Conv, 'Add']).folded).toHaveLength(2);
});

test.each<[what: string, shared: Layer, count: number]>([
  ['batch norm', bn({name: 'shared'}), 1],
  ['activation', layers.reLU({name: 'shared'}), 2],
])('a shared %s, one result of which is an output, keeps its name', (_, shared, count) => {
  const x = tf.input({shape: square});
  const [one, other] = ['c1', 'c2'].map(name => {
    const y = apply(conv2d({name}), x);
    return apply(shared, count === 1 ? y : apply(bn({name: `${name}_norm`}), y));
  });
  const outputs = [one, apply(layers.flatten({name: 'flat'}), other)];
  const model = fillWeights(tf.model({inputs: x, outputs}));
  const {model: folded, report} = foldBatchNorm(model);
  expect(report.folded).toHaveLength(count);
  expect(folded.outputNames).toEqual(['shared', 'flat']);
  const [expected, actual] = [model, folded].map(each => each.predict(normal([2, ...square])));
  (expected as tf.Tensor[]).forEach((y, i) => expectClose((actual as tf.Tensor[])[i], y, 1e-5));
});

test('leaves layers of the program, and those that they hold', () => {
  class Own extends (bn().constructor as new (args: object) => Layer) {}
  const model = chain([4, 3], new Own({name: 'own'}), new Block({name: 'block'}));
  expect(foldBatchNorm(model).report.refused).toEqual([
    {layer: 'own', reason: 'it is of the class BatchNormalization, which may compute otherwise.'},
  ]);
});

test('what fails leaves no tensor', () => {
  class Fails extends tf.layers.Layer {
    static readonly className = 'Fails';
    private count = 0;
    override computeOutputShape(shape: tf.Shape): tf.Shape {
      if (this.count++ > 0) throw new Error('no more');
      return shape;
    }
  }
  const model = chain(square, conv2d(), bn(), new Fails({}));
  expectNoLeak(() => expect(() => foldBatchNorm(model)).toThrow('no more'));
  expect(() => foldBatchNorm({} as never)).toThrow(
    'foldBatchNorm: model must be a model of tf.layers',
  );
});
