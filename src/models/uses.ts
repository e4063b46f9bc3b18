import type {LayersModel} from '@tensorflow/tfjs-layers';
import {callWithin, type Graphs, isModel, type Layer} from './graph.js';

/** How often each layer is called in a model and in the models in it. */
export class Uses {
  readonly models = new Set<LayersModel>();
  private readonly counts = new Map<Layer, number>();

  constructor(
    model: LayersModel,
    private readonly graphs: Graphs,
  ) {
    this.add(model);
  }

  /** The number of calls of a layer. The calls within a model count once, however often that is called. */
  of(layer: Layer): number {
    return this.counts.get(layer) ?? 0;
  }

  private add(model: LayersModel): void {
    if (this.models.has(model)) return;
    this.models.add(model);
    for (const call of this.graphs.of(model).calls) {
      for (let each: typeof call | null = call; each != null; each = callWithin(each)) {
        const {layer} = each;
        if (isModel(layer)) this.add(layer);
        else this.counts.set(layer, this.of(layer) + 1);
      }
    }
  }
}
