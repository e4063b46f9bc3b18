import type {io} from '@tensorflow/tfjs-core';
import {check} from '../check.js';
import {classOf, isModel, type Json, layersOf, type LayerJson, nameOf} from './json.js';
import {pathsOf} from './weight_paths.js';

/** tfjs's and our names of weights that have another one in Keras 3, which calls each kernel 'kernel'. */
const WEIGHTS: Record<string, Record<string, string>> = {
  DepthwiseConv2D: {kernel: 'depthwise_kernel'},
  SpectralNormalization: {sn_u: 'vector_u'},
};

/**
 * The weights under the names by which tfjs finds them. Keras's names are paths through the models
 * and layers that hold the weight (`model/block/norm/gamma`), tfjs's name its layer alone.
 */
export function mendWeights(
  model: LayerJson,
  specs: io.WeightsManifestEntry[],
): io.WeightsManifestEntry[] {
  const layers = leavesOf(model);
  const paths = pathsOf(
    specs.map(({name}) => name),
    layers,
  );
  const mended = specs.map((spec, i): io.WeightsManifestEntry => {
    if (spec.group === 'optimizer') return spec;
    const path = paths[i];
    const layer = layerOf(path, layers);
    // tfjs reads an optimizer's weights and drops them if the model has no optimizer.
    if (isCopy(path, layer)) return {...spec, group: 'optimizer'};
    return {...spec, name: weightName(path, layer), shape: weightShape(spec.shape, layer)};
  });
  mended.forEach(({name}, i) => {
    const first = mended.findIndex(other => other.name === name);
    const both = () =>
      `${name} must name one weight, but is ${specs[first].name} and ${specs[i].name}.`;
    check(first === i, 'fromKeras', both);
  });
  return mended;
}

const leavesOf = (model: LayerJson): LayerJson[] =>
  layersOf(model).flatMap(layer => (isModel(layer) ? leavesOf(layer) : [layer]));

/** Whether the weight is of the second layer that Addons' weight normalization uses in its first call. */
const isCopy = (path: string, layer: LayerJson): boolean =>
  classOf(layer) === 'WeightNormalization' && path.includes('/data_dep_init/');

/** The layer whose name ends last in the path, and of these the longest: names may have slashes. */
function layerOf(path: string, layers: LayerJson[]): LayerJson {
  const end = (layer: LayerJson) => {
    const name = `/${nameOf(layer)}/`;
    return `/${path}`.lastIndexOf(name) < 0 ? -1 : `/${path}`.lastIndexOf(name) + name.length;
  };
  const found = layers.filter(layer => end(layer) >= 0);
  check(
    found.length > 0,
    'fromKeras',
    () =>
      `every weight must be named by the path of its layer, such as dense/kernel, but there is ${path}.`,
  );
  return found.reduce((best, layer) =>
    end(layer) > end(best) ||
    (end(layer) === end(best) && nameOf(layer).length > nameOf(best).length)
      ? layer
      : best,
  );
}

function weightName(path: string, layer: LayerJson): string {
  const name = nameOf(layer);
  const parts = path.slice(path.lastIndexOf(`${name}/`) + name.length + 1).split('/');
  const weight = parts[parts.length - 1];
  // tfjs's name has the layer of each direction, but not the cell within it.
  const between = layer.class_name === 'Bidirectional' ? `${parts[0]}/` : '';
  const renamed = classesOf(layer).flatMap(class_name => WEIGHTS[class_name]?.[weight] ?? []);
  return `${name}/${between}${renamed[0] ?? weight}`;
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
