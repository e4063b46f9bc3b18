import {classOf, type JsonObject, type LayerJson, nameOf} from './json.js';

const isAdapted = ({mean}: JsonObject): boolean => mean == null;

/** Weights that Keras 2 names without their layer if they were made before a call of the layer. */
const LONE: Record<string, [class_name: string, has: (config: JsonObject) => boolean]> = {
  count: ['Normalization', isAdapted],
  learned_epsilon: ['FilterResponseNormalization', config => config['learned_epsilon'] === true],
  mean: ['Normalization', isAdapted],
  variance: ['Normalization', isAdapted],
};

/**
 * The weights' paths, which are `layer/weight` at least. Weights without a layer belong, in their
 * order, to the layers that lack such a weight.
 */
export function pathsOf(names: string[], layers: LayerJson[]): string[] {
  const paths = names.map(name => name.replace(/:\d+$/, ''));
  const lacking = (weight: string): LayerJson[] => {
    const [class_name, has] = LONE[weight];
    return layers.filter(
      layer =>
        classOf(layer) === class_name &&
        has(layer.config) &&
        !paths.some(path => `/${path}`.endsWith(`/${nameOf(layer)}/${weight}`)),
    );
  };
  const owners = Object.fromEntries(Object.keys(LONE).map(weight => [weight, lacking(weight)]));
  return paths.map(path => {
    const owner = owners[path]?.shift();
    return owner == null ? path : `${nameOf(owner)}/${path}`;
  });
}
