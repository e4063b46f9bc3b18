import type {io} from '@tensorflow/tfjs-core';
import {check} from '../check.js';
import {classOf, isModel, type Json, layersOf, type LayerJson, nameOf} from './json.js';
import {pathsOf} from './weight_paths.js';

/** What tfjs, or a layer of ours, calls otherwise: Keras 3 says 'kernel' for any that is one. */
const WEIGHTS: Record<string, Record<string, string>> = {
  DepthwiseConv2D: {kernel: 'depthwise_kernel'},
  SpectralNormalization: {sn_u: 'vector_u'},
};

/**
 * The weights under the names by which tfjs finds them. Keras's are paths through the models and
 * layers that hold the weight (`model/block/norm/gamma`), tfjs's are of its layer alone.
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
    // tfjs reads the bytes of these and drops them, where the model has no optimizer.
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

/** Addons' weight normalization has a second layer, of whose weights only the first call makes use. */
const isCopy = (path: string, layer: LayerJson): boolean =>
  classOf(layer) === 'WeightNormalization' && path.includes('/data_dep_init/');

/** The layer whose name is the last in the path, and the longest there: names may have slashes. */
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
  // The layer of each direction; the cells within them have no name in tfjs.
  const between = layer.class_name === 'Bidirectional' ? `${parts[0]}/` : '';
  const renamed = classesOf(layer).flatMap(class_name => WEIGHTS[class_name]?.[weight] ?? []);
  return `${name}/${between}${renamed[0] ?? weight}`;
}

/** Of a layer and of the one that it wraps. */
function classesOf(layer: LayerJson): string[] {
  const inner = layer.config['layer'] as LayerJson | undefined;
  return [classOf(layer), ...(inner == null ? [] : classesOf(inner))];
}

/**
 * Keras 2 keeps the parameters of several axes in the input's rank (batch), and Keras in an order
 * of the axes that need not be the input's (layer); it reads the values in the input's all the same.
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
