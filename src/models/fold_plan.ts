/** Finds which batch norms of a model can be moved into which layers' kernels. */
import type {LayersModel} from '@tensorflow/tfjs-layers';
import {activationIn, type FusedActivation} from './activations.js';
import {axesOf, isBatchNorm, isDerivedBatchNorm} from './batch_norm_layers.js';
import {type Call, callWithin, type Graph, type Graphs, isModel, type Layer} from './graph.js';
import {heldLayers} from './held_layers.js';
import {
  activationOf,
  channelAxis,
  isUnpadded,
  kernelLayer,
  type KernelLayer,
  kindOf,
} from './kernel_layers.js';
import type {Refusal} from './report.js';
import {Uses} from './uses.js';

/** The layers that become part of the call of a layer with a kernel. */
export type Folding = {
  /** The batch norm before the layer, and the one behind it. */
  before?: Call;
  behind?: Call;
  /** The call of an activation that the layer takes over. */
  activation?: {readonly call: Call; readonly name: FusedActivation};
  /** Whether the result is an output of its model, which is named after the last call. */
  isOutput: boolean;
};

export type FoldPlan = {
  readonly foldings: ReadonlyMap<Call, Folding>;
  readonly refused: readonly Refusal[];
};

/** Plans for the model and all models in it. */
export function planFolding(model: LayersModel, graphs: Graphs): FoldPlan {
  const uses = new Uses(model, graphs);
  const plans = [...uses.models].map(each => new Planner(graphs.of(each), uses).plan());
  return {
    foldings: new Map(plans.flatMap(({foldings}) => [...foldings])),
    refused: plans.flatMap(({refused}) => refused),
  };
}

class Planner {
  private readonly makers = new Map<object, Call>();
  private readonly takers = new Map<object, Call[]>();
  private readonly foldings = new Map<Call, Folding>();
  private readonly refused: Refusal[] = [];

  constructor(
    private readonly graph: Graph,
    private readonly uses: Uses,
  ) {
    for (const call of graph.calls) {
      for (const value of call.outputs) this.makers.set(value, call);
      for (const value of call.inputs) {
        this.takers.set(value, [...(this.takers.get(value) ?? []), call]);
      }
    }
  }

  plan(): FoldPlan {
    for (const call of this.graph.calls) {
      if (isBatchNorm(call.layer)) this.place(call);
      else this.refuseWithin(call);
    }
    for (const [call, folding] of this.foldings) this.finish(call, folding);
    return {foldings: this.foldings, refused: this.refused};
  }

  /** Moves a batch norm into the layer before it, or else into the one behind it. */
  private place(norm: Call): void {
    const before = this.makers.get(norm.inputs[0]);
    const behind = this.onlyTaker(norm);
    const whyNot = this.whyNot(norm);
    const whyNotBefore = whyNot ?? this.whyNotInto(norm, before);
    const whyNotBehind = whyNot ?? this.whyNotIntoNext(norm, behind);
    if (whyNotBefore == null) this.folding(before!).behind = norm;
    else if (whyNotBehind == null) this.folding(behind!).before = norm;
    else {
      const isSame = whyNotBefore === whyNotBehind || whyNotBehind === '';
      this.refuse(norm.layer, isSame ? whyNotBefore : `${whyNotBefore}; ${whyNotBehind}`);
    }
  }

  private folding(call: Call): Folding {
    const folding = this.foldings.get(call) ?? {isOutput: false};
    this.foldings.set(call, folding);
    return folding;
  }

  private refuse({name}: Layer, reason: string): void {
    this.refused.push({layer: name, reason: `${reason}.`});
  }

  private refuseWithin(call: Call): void {
    const {layer} = call;
    if (isDerivedBatchNorm(layer)) {
      this.refuse(layer, `it is of the class ${layer.getClassName()}, which may compute otherwise`);
    }
    if (isModel(layer)) return;
    const within = callWithin(call);
    const held = within != null && isModel(within.layer) ? [] : heldLayers(layer);
    for (const norm of held) {
      if (!isBatchNorm(norm) && !isDerivedBatchNorm(norm)) continue;
      this.refuse(norm, `it is held by ${layer.name}, a ${layer.getClassName()}`);
    }
  }

  /** Why the batch norm is none that can move at all. */
  private whyNot(norm: Call): string | null {
    const {layer, args, shape} = norm;
    if (!isBatchNorm(layer)) return null;
    if (args['training']) return 'it is called with training: true, for which it needs the batch';
    if (this.isNamedTwice(norm)) return 'it is called several times, and an output has its name';
    const axes = axesOf(layer, shape.length);
    return axes.length === 1 ? null : `it normalizes along several axes, ${axes.join(', ')}`;
  }

  /** Why the layer before it cannot take it up. */
  private whyNotInto(norm: Call, call: Call | undefined): string | null {
    if (call == null) return 'no layer is before it';
    const {name} = call.layer;
    if (activationIn(call.layer) != null) return `an activation, ${name}, is before it`;
    const whyNot = this.whyNoKernel(call) ?? whyOtherChannels(norm, call);
    if (whyNot != null) return `${name}, before it, ${whyNot}`;
    const activation = activationOf(kernelLayer(call.layer));
    if (activation !== 'linear') return `${name}, before it, has the activation ${activation}`;
    if (this.isOutput(call)) return `the output of ${name}, before it, is one of the model's`;
    const takers = this.takers.get(call.outputs[0])!;
    const others = takers.filter(taker => taker !== norm).map(({layer}) => layer.name);
    return takers.length === 1
      ? null
      : `the output of ${name}, before it, also goes to ${others.join(', ') || norm.layer.name}`;
  }

  /** Why the layer behind it cannot; nothing is said of one without a kernel. */
  private whyNotIntoNext(norm: Call, call: Call | null): string | null {
    if (call == null || kindOf(call.layer) == null) return '';
    const {name} = call.layer;
    const whyNot = this.whyNoKernel(call) ?? whyOtherChannels(norm, call);
    if (whyNot != null) return `${name}, behind it, ${whyNot}`;
    if (kindOf(call.layer) === 'transposed') {
      return `${name}, behind it, is transposed: its outputs get differing shares of a constant`;
    }
    return isUnpadded(kernelLayer(call.layer)) ? null : `${name}, behind it, pads with zeros`;
  }

  private whyNoKernel({layer}: Call): string | null {
    if (isModel(layer)) return 'is a model';
    if (kindOf(layer) == null)
      return `is a ${layer.getClassName()}, which has no kernel to fold into`;
    const {dataFormat} = kernelLayer(layer);
    if (kernelLayer(layer).getClassName() === 'Conv1D' && dataFormat === 'channelsFirst') {
      return 'has channels first, which tfjs computes as channels last';
    }
    const count = this.uses.of(layer);
    return count === 1 ? null : `is called ${count} times, so that its kernel is shared`;
  }

  private isOutput({outputs}: Call): boolean {
    return this.graph.outputs.includes(outputs[0]);
  }

  /** Whether an output is known by the name of a layer that is called elsewhere too: two layers cannot have it. */
  private isNamedTwice(call: Call): boolean {
    return this.isOutput(call) && this.uses.of(call.layer) > 1;
  }

  /** The one call that takes a call's output, if nothing else does. */
  private onlyTaker(call: Call): Call | null {
    const takers = this.takers.get(call.outputs[0]) ?? [];
    return takers.length === 1 && !this.isOutput(call) ? takers[0] : null;
  }

  /** Takes up the activation behind, once all batch norms have their places. */
  private finish(call: Call, folding: Folding): void {
    let last = folding.behind ?? call;
    const next = this.onlyTaker(last);
    const name = next == null ? undefined : activationIn(next.layer);
    const takesOver = name != null && canFuse(kernelLayer(call.layer));
    if (next != null && takesOver && !this.isNamedTwice(next)) {
      folding.activation = {call: next, name};
      last = next;
    }
    folding.isOutput = this.isOutput(last);
  }
}

/** Whether a fused op of tfjs computes the layer. */
const canFuse = (layer: KernelLayer): boolean =>
  activationOf(layer) === 'linear' &&
  kindOf(layer) !== 'transposed' &&
  layer.getClassName() !== 'Conv3D';

function whyOtherChannels(norm: Call, {layer}: Call): string | null {
  const rank = norm.shape.length;
  const [axis] = isBatchNorm(norm.layer) ? axesOf(norm.layer, rank) : [];
  const channels = channelAxis(kernelLayer(layer), rank);
  return axis === channels ? null : `has its channels on axis ${channels}, not on axis ${axis}`;
}
