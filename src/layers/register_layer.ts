import {backend_util, serialization} from '@tensorflow/tfjs-core';
import type {Names} from '../options.js';

type Registered = serialization.SerializationMap['classNameMap'][string];
export type LayerClass = Registered[0];
export type FromConfig = Registered[1];

/** The names that the program has taken, of which it has been told. */
const told = new Set<string>();

/**
 * Makes saved models with layers of this name load as the class, unless the program has a class of its
 * own there: its models mean that one. If it registers one later, that takes the name too.
 */
export function registerLayer(
  name: string,
  cls: LayerClass,
  fromConfig: FromConfig = cls.fromConfig,
): void {
  const {classNameMap} = serialization.SerializationMap.getMap();
  const taken = Object.hasOwn(classNameMap, name) && !isOurs(classNameMap[name][0]);
  if (!taken) {
    if (name === cls.className) serialization.registerClass(cls);
    classNameMap[name] = [cls, fromConfig];
    return;
  }
  if (told.has(name)) return;
  told.add(name);
  backend_util.warn(
    `tfjs-normalization: the program has registered its own class ${name}, and models with that ` +
      `name load with it; the layer of this package that has the name is not registered.`,
  );
}

/** A class of this copy of the package, or of another one. */
const isOurs = (cls: LayerClass): boolean => Object.hasOwn(cls, 'options');

/** A class of ours as tfjs types those that it registers. */
export const asLayerClass = (cls: {readonly className: string; readonly options?: Names}) =>
  cls as unknown as LayerClass;
