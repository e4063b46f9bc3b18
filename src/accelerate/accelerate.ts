import {checkFlags} from '../check.js';
import {checkArguments} from '../options.js';
import {Acceleration} from './acceleration.js';
import {checkTfjs} from './check_tfjs.js';
import {registerWhereLoaded} from './graph_models.js';
import {acceleratedLayers} from './in_force.js';
import {replaceKernels} from './kernels.js';
import {replaceLayers} from './layers.js';

/** The options of `accelerate`. */
export interface AccelerateConfig {
  /**
   * Whether `tf.layers.batchNormalization` and `tf.layers.layerNormalization` compute by this
   * package. Defaults to true.
   */
  layers?: boolean;
  /** Whether `tf.batchNorm` and its gradient run on this package's kernels. Defaults to true. */
  kernels?: boolean;
}

const OP = 'accelerate';

/**
 * Makes tfjs itself compute by this package, for models and layers that exist already as well.
 *
 * - `tf.layers.batchNormalization` and `tf.layers.layerNormalization`: every instance, in whatever
 *   model, those of tfjs's own transformer and of subclasses that do not override `call`.
 * - `tf.batchNorm` and its gradient, and so the models of `tf.loadGraphModel`, on all backends: also those that
 *   normalize by the statistics of the batch, which tfjs computes as NaN.
 *
 * Speed changes, and meaning does not: class names, config, weights, files and the rules of training
 * stay tfjs's. Numbers are the same up to rounding; where tfjs is wrong, as with channels first on
 * `cpu` and `wasm`, or cannot train, as with `scale: false`, they are right. Calls that this package does
 * not cover run as before; see docs/accelerate.md.
 *
 * ```js
 * const model = tf.sequential({layers: [tf.layers.layerNormalization({inputShape: [4]})]});
 * const undo = tfn.accelerate();
 * model.predict(tf.ones([2, 4])).print(); // by this package's kernels
 * undo();
 * ```
 *
 * `import 'tfjs-normalization/accelerate'` calls it.
 *
 * @returns A function that undoes this call. When all calls are undone, tfjs's own functions are back.
 * @throws If tfjs is not of version 4, or there are two copies of it, of whose layers one cannot be
 *     reached; nothing has changed then.
 */
export function accelerate(config: AccelerateConfig = {}): () => void {
  checkArguments(OP, [config], [], {layers: true, kernels: true});
  checkFlags(OP, config, ['layers', 'kernels']);
  const {layers = true, kernels = true} = config;
  checkTfjs(OP, {layers});
  if (kernels) registerWhereLoaded();
  const acceleration = new Acceleration(kernels ? replaceKernels : () => undefined);
  if (layers) {
    replaceLayers(acceleration);
    acceleratedLayers.add(acceleration);
  }
  acceleration.refresh();
  return () => {
    acceleration.undo();
    acceleratedLayers.delete(acceleration);
  };
}
