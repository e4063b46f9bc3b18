/** Models as lists of calls of their layers. */
import {
  type layers,
  LayersModel,
  Sequential,
  type Shape,
  type SymbolicTensor,
} from '@tensorflow/tfjs-layers';
import type {Kwargs} from '../layers/tfjs_types.js';

export type Layer = layers.Layer;

/** Stands for a tensor: a symbolic one, or any object in a sequential model. */
export type Value = object;

/** One call of a layer within a model, or of a layer that another one holds: this has no values. */
export type Call = {
  readonly layer: Layer;
  readonly inputs: readonly Value[];
  readonly outputs: readonly Value[];
  readonly args: Kwargs;
  /** The shape of the first input. */
  readonly shape: Shape;
};

export type Graph = {
  /** In an order in which they can be computed. */
  readonly calls: readonly Call[];
  readonly outputs: readonly Value[];
};

export const isModel = (layer: unknown): layer is LayersModel => layer instanceof LayersModel;
export const isSequential = (model: unknown): model is Sequential => model instanceof Sequential;

/** The graphs of models, each made once, so that a call is one object for all who look at it. */
export class Graphs {
  private readonly made = new Map<LayersModel, Graph>();

  /** The calls of a model's layers: of those that it lists, not of those in models that it calls. */
  of(model: LayersModel): Graph {
    const graph = this.made.get(model) ?? (isSequential(model) ? chain(model) : network(model));
    this.made.set(model, graph);
    return graph;
  }
}

/** Its own record of calls would have to be built, which touches the weights. */
function chain(model: Sequential): Graph {
  let value: Value = {};
  const calls: Call[] = [];
  for (const layer of model.layers) {
    if (isInput(layer)) continue;
    const output = {};
    const {shape} = layer.inboundNodes[0].inputTensors[0];
    calls.push({layer, inputs: [value], outputs: [output], args: {}, shape});
    value = output;
  }
  return {calls, outputs: [value]};
}

function network(model: LayersModel): Graph {
  const {nodesByDepth} = model as unknown as {nodesByDepth: Record<number, Layer['inboundNodes']>};
  const depths = Object.keys(nodesByDepth).map(Number);
  const nodes = depths.sort((a, b) => b - a).flatMap(depth => nodesByDepth[depth]);
  const calls = nodes
    .filter(({inboundLayers}) => inboundLayers.length > 0)
    .map(({outboundLayer, inputTensors, outputTensors, callArgs}) => ({
      layer: outboundLayer,
      inputs: inputTensors,
      outputs: outputTensors,
      args: argsOf(callArgs ?? {}, inputTensors),
      shape: inputTensors[0].shape,
    }));
  return {calls, outputs: model.outputs};
}

/** Recurrent layers keep a symbolic initial state there, which is among the inputs as well. */
function argsOf(callArgs: Kwargs, {length}: readonly SymbolicTensor[]): Kwargs {
  const args = Object.entries(callArgs);
  return length === 1
    ? callArgs
    : Object.fromEntries(args.filter(([name]) => !['initialState', 'constants'].includes(name)));
}

export const isInput = (layer: Layer): boolean => layer.getClassName() === 'InputLayer';

/** The layer within a `TimeDistributed`, as the call that each step makes; null of other layers. */
export function callWithin({layer, shape}: Call): Call | null {
  if (layer.getClassName() !== 'TimeDistributed') return null;
  const {layer: held} = layer as unknown as {layer: Layer};
  const [batch, , ...rest] = shape;
  return {layer: held, inputs: [], outputs: [], args: {}, shape: [batch, ...rest]};
}
