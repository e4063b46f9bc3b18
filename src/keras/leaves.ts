/** The layers that have weights of their own, in all models within a model. */
import {isRecurrent} from './masks.js';
import {classOf, isModel, layersOf, type LayerJson, nameOf} from './json.js';

/** A layer, and the name of the model that has it. */
export type Leaf = {layer: LayerJson; model: string};

/** All layers but models, in the order in which Keras and tfjs write their weights. */
export function leavesOf(model: LayerJson): Leaf[] {
  return layersOf(model).flatMap(layer => {
    const inner = innerModel(layer);
    return inner == null ? [{layer, model: nameOf(model)}] : leavesOf(inner);
  });
}

/** The layer within a wrapper. */
const innerOf = ({config}: LayerJson): LayerJson | undefined =>
  config['layer'] as LayerJson | undefined;

/** The model that a layer is or wraps. */
function innerModel(layer: LayerJson): LayerJson | null {
  if (isModel(layer)) return layer;
  const inner = innerOf(layer);
  return inner == null ? null : innerModel(inner);
}

/** The cells of a layer that has several. */
export function cellsOf({config}: LayerJson): LayerJson[] {
  const cell = config['cell'] as LayerJson | undefined;
  return (cell?.config['cells'] ?? []) as unknown as LayerJson[];
}

/**
 * For each path of a weight the layer that has the weight, as an index of the leaves; -1 if there is
 * none. Layers of several models may have one name: the model's name before it tells which it is, or
 * else the kind of layer and the order.
 */
export function ownersOf(paths: string[], leaves: Leaf[]): number[] {
  const taken = new Set<string>();
  return paths.map(path => {
    const isFree = ({owner, end}: Place) => Number(!taken.has(`${owner}/${path.slice(end)}`));
    const places = leaves.flatMap((leaf, owner) => placeOf(path, leaf, owner) ?? []);
    // The name that ends last, and of these the longest: names may have slashes.
    const [place] = places.sort(
      (a, b) =>
        b.end - a.end ||
        a.start - b.start ||
        b.isInModel - a.isInModel ||
        isFree(b) - isFree(a) ||
        b.isLike - a.isLike ||
        a.owner - b.owner,
    );
    if (place == null) return -1;
    taken.add(`${place.owner}/${path.slice(place.end)}`);
    return place.owner;
  });
}

/** The classes that have weights of such names, of those that Keras and this package have. */
const WEIGHTS: Array<[weight: RegExp, classes: RegExp]> = [
  [/(kernel|bias)$/, /^(Dense|LSTM|GRU|RNN|SimpleRNN|Bidirectional|.*Conv.*)$/],
  [/^(gamma|beta|scale)$/, /Normalization$/],
  [/^(moving|renorm)_/, /BatchNormalization$/],
  [/^(mean|variance|count)$/, /^Normalization$/],
  [/^embeddings$/, /^Embedding$/],
  [/^alpha$/, /^PReLU$/],
];
/** Settings without which a layer has no such weight. */
const NEEDS: Record<string, string> = {beta: 'center', bias: 'use_bias', gamma: 'scale'};

/**
 * Whether the layer, or one that it wraps, has a weight of this name, as far as is known. In Keras,
 * the names of a recurrent layer's weights have that of its cell before them.
 */
function hasWeight(layer: LayerJson, name: string[]): boolean {
  const inner = innerOf(layer);
  if (inner != null && hasWeight(inner, name)) return true;
  const weight = name[name.length - 1];
  if (isRecurrent(layer) !== name.length > 1) return false;
  const classes = WEIGHTS.find(([name]) => name.test(weight))?.[1] ?? /./;
  return classes.test(classOf(layer)) && layer.config[NEEDS[weight]] !== false;
}

type Place = {owner: number; start: number; end: number; isInModel: number; isLike: number};

/** Where a path names the layer, and those in it if it is a wrapper; null if it does not. */
function placeOf(path: string, {layer, model}: Leaf, owner: number): Place | null {
  const name = `/${nameOf(layer)}/`;
  const start = `/${path}`.lastIndexOf(name);
  if (start < 0) return null;
  let end = start + name.length - 1;
  for (let inner = innerOf(layer); inner != null; inner = innerOf(inner)) {
    if (path.startsWith(`${nameOf(inner)}/`, end)) end += nameOf(inner).length + 1;
  }
  return {
    owner,
    start,
    end,
    isInModel: Number(`/${path}`.slice(0, start).endsWith(`/${model}`)),
    isLike: Number(hasWeight(layer, path.slice(end).split('/'))),
  };
}
