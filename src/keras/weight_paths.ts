import {classOf, type JsonObject, type LayerJson, nameOf} from './json.js';

const isAdapted = ({mean}: JsonObject): boolean => mean == null;

/** Weights that Keras 2 names without their layer, if it made them before the layer was called. */
const LONE: Record<string, [class_name: string, has: (config: JsonObject) => boolean]> = {
  count: ['Normalization', isAdapted],
  learned_epsilon: ['FilterResponseNormalization', config => config['learned_epsilon'] === true],
  mean: ['Normalization', isAdapted],
  variance: ['Normalization', isAdapted],
};

/**
 * The weights' paths, `layer/weight` at the least: those that stand alone belong to the layers that
 * lack them, in their order.
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
