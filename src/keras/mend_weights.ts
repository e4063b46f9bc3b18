import type {io} from '@tensorflow/tfjs-core';
import {check} from '../check.js';
import {classOf, type Json, type LayerJson, nameOf} from './json.js';
import {cellsOf, leavesOf, ownersOf} from './leaves.js';
import {pathsOf} from './weight_paths.js';

/**
 * tfjs's and our names of weights that have another one in Keras 3, which calls each kernel 'kernel', and numbers the
 * weights that have no name.
 */
const WEIGHTS: Record<string, Record<string, string>> = {
  DepthwiseConv2D: {kernel: 'depthwise_kernel'},
  LayerScale: {variable: 'gamma'},
  SpectralNormalization: {sn_u: 'vector_u'},
};

/**
 * The weights under the names by which tfjs finds them. Keras's names are paths through the models
 * and layers that hold the weight (`model/block/norm/gamma`), tfjs's name its layer alone.
 *
 * @param unique The model as tfjs loads it, with other names of layers.
 */
export function mendWeights(
  model: LayerJson,
  unique: LayerJson,
  specs: io.WeightsManifestEntry[],
): io.WeightsManifestEntry[] {
  const leaves = leavesOf(model);
  const names = leavesOf(unique).map(({layer}) => nameOf(layer));
  const own = specs.filter(({group}) => group !== 'optimizer');
  const paths = pathsOf(
    own.map(({name}) => name),
    leaves.map(({layer}) => layer),
  );
  const owners = ownersOf(paths, leaves);
  const mended = own.map((spec, i): io.WeightsManifestEntry => {
    const path = paths[i];
    const owner = owners[i];
    check(
      owner >= 0,
      'fromKeras',
      () =>
        `every weight must be named by the path of its layer, such as dense/kernel, but there is ${path}.`,
    );
    const {layer} = leaves[owner];
    // tfjs reads an optimizer's weights and drops them if the model has no optimizer.
    if (isCopy(path, layer)) return {...spec, group: 'optimizer'};
    const name = `${names[owner]}/${weightName(path, layer)}`;
    return {...spec, name, shape: weightShape(spec.shape, layer)};
  });
  mended.forEach(({name}, i) => {
    const first = mended.findIndex(other => other.name === name);
    const both = () =>
      `${name} must name one weight, but is ${own[first].name} and ${own[i].name}.`;
    check(first === i, 'fromKeras', both);
  });
  const others = [...mended];
  return specs.map(spec => (spec.group === 'optimizer' ? spec : others.shift()!));
}

/** Whether the weight is of the second layer that Addons' weight normalization uses in its first call. */
const isCopy = (path: string, layer: LayerJson): boolean =>
  classOf(layer) === 'WeightNormalization' && path.includes('/data_dep_init/');

/** tfjs's name has the layer of each direction, and the number of a cell among several. */
function weightName(path: string, layer: LayerJson): string {
  const name = nameOf(layer);
  const parts = path.slice(path.lastIndexOf(`${name}/`) + name.length + 1).split('/');
  const weight = parts[parts.length - 1];
  const classes = classesOf(layer);
  const renamed = classes.flatMap(
    class_name => WEIGHTS[class_name]?.[weight.replace(/_\d+$/, '')] ?? [],
  );
  const isDirection = (part: string) => /^(for|back)ward_/.test(part);
  const between = classes.includes('Bidirectional') ? parts.filter(isDirection) : [];
  const before = parts[parts.length - 2];
  const cell = cellsOf(layer).findIndex(
    ({config}, i) => config['name'] === before || before === `RNNCell_${i}`,
  );
  return [...between, ...(cell < 0 ? [] : [`RNNCell_${cell}`]), renamed[0] ?? weight].join('/');
}

/** The classes of a layer and of the layers that it wraps. */
function classesOf(layer: LayerJson): string[] {
  const inner = layer.config['layer'] as LayerJson | undefined;
  return [classOf(layer), ...(inner == null ? [] : classesOf(inner))];
}

/**
 * The shape of a parameter in our layers: its axes in the order of the input's. For several axes,
 * Keras 2's batch normalization writes a shape of the input's rank, and Keras's layer normalization
 * one in the order of `axis`. The values are in the input's order all the same.
 */
function weightShape(shape: number[], layer: LayerJson): number[] {
  const {axis} = layer.config;
  const norm = /(Batch|Layer)Normalization/.test(layer.class_name);
  if (!norm || !Array.isArray(axis) || axis.length < 2) return shape;
  const built = (layer as {build_config?: {input_shape?: Json[]}}).build_config?.input_shape;
  const rank = built?.length ?? shape.length;
  const axes = (axis as number[]).map(a => (a < 0 ? a + rank : a));
  const ofAxis = (a: number) => shape[shape.length === axes.length ? axes.indexOf(a) : a];
  return [...axes].sort((a, b) => a - b).map(ofAxis);
}
