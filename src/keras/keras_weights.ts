import type {io} from '@tensorflow/tfjs-core';
import {type LayerJson, nameOf} from './json.js';
import {cellsOf, leavesOf, ownersOf} from './leaves.js';

/**
 * The weights of tfjs's file by the names of the layers that Keras gets, and an RNN's cells by name
 * where tfjs counts them.
 */
export function kerasWeights(
  model: LayerJson,
  unique: LayerJson,
  specs: io.WeightsManifestEntry[],
): io.WeightsManifestEntry[] {
  const leaves = leavesOf(model);
  const names = leavesOf(unique).map(({layer}) => nameOf(layer));
  const owners = ownersOf(
    specs.map(({name}) => name),
    leaves,
  );
  return specs.map((spec, i) => {
    const owner = owners[i];
    if (owner < 0 || spec.group === 'optimizer') return spec;
    const {layer} = leaves[owner];
    const weight = spec.name
      .slice(nameOf(layer).length)
      .replace(/RNNCell_(\d+)/, (_, cell: string) => nameOf(cellsOf(layer)[Number(cell)]));
    return {...spec, name: `${names[owner]}${weight}`};
  });
}
