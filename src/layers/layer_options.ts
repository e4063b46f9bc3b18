/** The options of layers, and what else the configs of saved models hold. */
import {check} from '../check.js';
import {checkOptions, isOptions, type Names, type Options, optionsIn} from '../options.js';
import {show} from '../show.js';
import type {LayerArgs} from './tfjs_types.js';

/** The names of the options that a layer has beside those of every layer. */
export type OwnOptions<Args> = Options<Omit<Args, keyof LayerArgs>>;

/**
 * The names of a class's own options, and of keys that it does not have: `false` for what its configs
 * hold without effect, a text for what to do instead.
 */
export const optionsOf = <Args>(own: OwnOptions<Args>, others: Names = {}): Names => ({
  ...(own as Names),
  ...others,
});

/** The options that tf.layers give every layer. */
const OF_EVERY_LAYER: Options<LayerArgs> = {
  name: true,
  trainable: true,
  inputShape: true,
  batchInputShape: true,
  batchSize: true,
  dtype: true,
  inputDType: true,
  weights: true,
};

/**
 * Keys of configs that cannot change what a layer computes here, in float32 on one device. They are
 * Keras's, and the first one is tfjs's.
 */
const WITHOUT_EFFECT = {
  customObjects: false,
  autocast: false,
  buildConfig: false,
  compileConfig: false,
  dtypePolicy: false,
  dynamic: false,
  fused: false,
  inputSpec: false,
  module: false,
  registeredName: false,
  synchronized: false,
};

/** A class of layers. One that a user derives from ours has options that we do not know. */
type LayerClass = {readonly className: string; readonly options?: Names};

/** The names that the class itself gives; null if it is not one of ours. */
const ownNames = (cls: LayerClass): Names | null =>
  Object.hasOwn(cls, 'options') ? cls.options! : null;

/** Checks what a layer is made with, before anything of it is made. */
export function checkArgs(cls: unknown, args: unknown): void {
  const {className, name} = cls as LayerClass & {name: string};
  check(
    typeof className === 'string' && className !== '',
    name || 'a layer',
    () => `className, a static property of its class, must be a name, but is ${show(className)}.`,
  );
  const own = ownNames(cls as LayerClass);
  if (own == null) return;
  check(
    isOptions(args),
    className,
    () => `options must be an object, {${optionsIn(own).join(', ')}}, but are ${show(args)}.`,
  );
  checkOptions((args as LayerArgs).name ?? className, args, {...own, ...OF_EVERY_LAYER});
}

/** A saved config without keys that cannot change a result: also unknown ones that are not set. */
export function withoutForeign<Config extends object>(cls: unknown, config: Config): Config {
  const own = ownNames(cls as LayerClass);
  if (own == null) return config;
  const names: Names = {...own, ...OF_EVERY_LAYER, ...WITHOUT_EFFECT};
  const kept = Object.entries(config).filter(([name, value]) => {
    const isSet = value != null && value !== false;
    // All results are float32, whatever the policy of Keras's mixed precision.
    if (name === 'dtype' && typeof value === 'object') return false;
    return names[name] === true || (isSet && names[name] !== false);
  });
  return Object.fromEntries(kept) as Config;
}
