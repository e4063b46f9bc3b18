import {
  input,
  layers,
  type LayersModel,
  model,
  sequential,
  type SymbolicTensor,
} from '@tensorflow/tfjs-layers';
import {
  type Call,
  callWithin,
  Graphs,
  isInput,
  isModel,
  isSequential,
  type Layer,
  type Value,
} from './graph.js';
import {copySettings} from './model_settings.js';
import {sharedLayer} from './shared_layer.js';

/**
 * The fate of a call: another layer in the place of its layer, `left out` if its input is to pass
 * on, or undefined if its layer stays.
 */
export type Rule = (call: Call) => (() => Layer) | 'left out' | undefined;

/** A copy of the model with other layers where the rule says so. All others share their weights. */
export function rewrite<Model extends LayersModel>(
  original: Model,
  rule: Rule,
  graphs = new Graphs(),
): Model {
  const flags = original.weights.map(({trainable}) => trainable);
  try {
    return new Rewriting(rule, graphs).model(original) as Model;
  } finally {
    // A sequential model that is built sets those of all its layers.
    original.weights.forEach((weight, i) => (weight.trainable = flags[i]));
  }
}

class Rewriting {
  /** A layer that has several calls, in one model or in several, stays one layer. */
  private readonly made = new Map<Layer, Layer>();

  constructor(
    private readonly rule: Rule,
    private readonly graphs: Graphs,
  ) {}

  model(original: LayersModel): LayersModel {
    const copy = isSequential(original) ? this.chain(original) : this.network(original);
    copySettings(original, copy);
    // A wrapper does not build a model that it holds a second time.
    if (original.built && !copy.built) copy.build(copy.inputs[0].shape);
    return copy;
  }

  private chain(original: LayersModel): LayersModel {
    const copy = sequential({name: original.name});
    const [first] = original.layers;
    if (isInput(first)) copy.add(inputLayer(first));
    for (const call of this.graphs.of(original).calls) {
      const layer = this.layer(call);
      if (layer == null) continue;
      // Its input keeps its name, and its shape if the first layer is left out.
      if (copy.outputs.length === 0 && !isModel(layer)) applyFirst(layer, original.inputs[0]);
      copy.add(layer);
    }
    return copy;
  }

  private network(original: LayersModel): LayersModel {
    const {calls, outputs} = this.graphs.of(original);
    const values = new Map<Value, SymbolicTensor>();
    const valuesOf = (keys: readonly Value[]) => keys.map(key => values.get(key)!);
    const inputs = original.inputs.map(inputLike);
    inputs.forEach((x, i) => values.set(original.inputs[i], x));
    for (const call of calls) {
      const layer = this.layer(call);
      const xs = valuesOf(call.inputs);
      const ys = layer?.apply(xs.length === 1 ? xs[0] : xs, {...call.args}) ?? xs;
      call.outputs.forEach((key, i) => values.set(key, ([ys].flat() as SymbolicTensor[])[i]));
    }
    return model({inputs, outputs: valuesOf(outputs), name: original.name});
  }

  /** The layer that the copy calls; null if it makes no call. */
  private layer(call: Call): Layer | null {
    const made = this.made.get(call.layer);
    const ruling = this.rule(call);
    if (ruling === 'left out') return null;
    if (made != null) return made;
    const layer = ruling?.() ?? this.copy(call);
    this.made.set(call.layer, layer);
    return layer;
  }

  private copy(call: Call): Layer {
    if (isModel(call.layer)) return this.model(call.layer);
    const within = callWithin(call);
    return sharedLayer(call.layer, within == null ? {} : {layer: this.held(within)});
  }

  /** A layer within another one has no calls in the graph, so that both models may use it. */
  private held(call: Call): Layer {
    const ruling = this.rule(call);
    const isCopied = isModel(call.layer) || callWithin(call) != null || ruling != null;
    return isCopied ? this.layer(call)! : call.layer;
  }
}

/** Calls the first layer of a sequential model, in the manner of the original's first one. */
function applyFirst(layer: Layer, x: SymbolicTensor): void {
  layer.apply(inputLike(x));
  // Files have the input's shape there.
  layer.batchInputShape ??= x.shape;
  layer.dtype ??= x.dtype;
}

function inputLike(x: SymbolicTensor): SymbolicTensor {
  const {batchInputShape, dtype, name, sparse} = x.sourceLayer as Layer & {sparse: boolean};
  return input({batchShape: batchInputShape, dtype, name, sparse});
}

function inputLayer(layer: Layer): Layer {
  const {batchInputShape, dtype, name, sparse} = layer as Layer & {sparse: boolean};
  return layers.inputLayer({batchInputShape, dtype, name, sparse});
}
