/** Initializers, regularizers and constraints as layer arguments and in configs. */
import {serialization} from '@tensorflow/tfjs-core';
import {regularizers} from '@tensorflow/tfjs-layers';
import {check, show} from '../check.js';

type Serialized = {className: string; config: serialization.ConfigDict};

/** Keras's classes L1 and L2, for which tfjs has L1L2. */
const KERAS_REGULARIZERS: Record<string, (config?: never) => serialization.Serializable> = {
  l1: regularizers.l1,
  l2: regularizers.l2,
};

/**
 * The object that `identifier` stands for: itself, a registered class's name in any case
 * ('zeros', 'glorotNormal', 'lecun_normal'), or `{className, config}` as in a saved model.
 *
 * @throws If it is none of these, or no class of that name is registered.
 */
export function fromIdentifier<T extends serialization.Serializable>(
  layer: string,
  argument: string,
  identifier: string | T | object | null | undefined,
): T | null {
  if (identifier == null) return null;
  if (isSerializable(identifier)) return identifier as T;
  const {className, config} =
    typeof identifier === 'string'
      ? {className: identifier, config: {}}
      : (identifier as Partial<Serialized>);
  check(
    typeof className === 'string',
    layer,
    () =>
      `${argument} must be an object of tfjs, its class's name or its {className, config}, ` +
      `but is ${show(identifier)}.`,
  );
  const name = normalized(className);
  if (Object.hasOwn(KERAS_REGULARIZERS, name))
    return KERAS_REGULARIZERS[name](config as never) as T;

  const {classNameMap} = serialization.SerializationMap.getMap();
  const registered = Object.keys(classNameMap).find(key => normalized(key) === name);
  check(
    registered != null,
    layer,
    () => `${argument} must be registered with tf.serialization, but '${className}' is not.`,
  );
  const [cls, fromConfig] = classNameMap[registered];
  return fromConfig(cls, {...config}) as T;
}

/** The object as `{className, config}`, which `fromIdentifier` reads. */
export const toIdentifier = (object?: serialization.Serializable | null): Serialized | null =>
  object == null ? null : {className: object.getClassName(), config: object.getConfig()};

// No instanceof, since the object may come from another copy of tfjs-core.
const isSerializable = (value: unknown): boolean =>
  typeof (value as {getConfig?: unknown}).getConfig === 'function';

const normalized = (name: string): string => name.replaceAll('_', '').toLowerCase();
