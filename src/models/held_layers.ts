import {layers} from '@tensorflow/tfjs-layers';
import type {Layer} from './graph.js';

/** The layers that a layer holds within itself, as a wrapper or a block does, and those within them. */
export function heldLayers(holder: Layer, found = new Set<Layer>([holder])): Layer[] {
  for (const value of Object.values(holder).flat() as unknown[]) {
    if (!(value instanceof layers.Layer) || found.has(value)) continue;
    found.add(value);
    heldLayers(value, found);
  }
  return [...found].slice(1);
}
