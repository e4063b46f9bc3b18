import {check, checkFlags, show} from '../check.js';
import {checkArguments} from '../options.js';
import {Acceleration} from './acceleration.js';
import {checkTfjs} from './check_tfjs.js';
import {registerBatchNorms, type RegisterOp, registerWhereLoaded} from './graph_models.js';
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
  /**
   * `tf.registerOp`, the function of tfjs-converter: by it the GraphModels that are loaded from then on get all outputs
   * of a batch norm in training mode, and not the first one alone. A page whose scripts make `tf`, and
   * Node, need it not; a bundle does, if a model uses the others.
   */
  registerOp?: RegisterOp;
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
  checkArguments(OP, [config], [], {layers: true, kernels: true, registerOp: true});
  checkFlags(OP, config, ['layers', 'kernels']);
  const {layers = true, kernels = true, registerOp} = config;
  checkRegisterOp(registerOp, kernels);
  checkTfjs(OP, {layers});
  if (registerOp != null) registerBatchNorms(registerOp);
  const acceleration = new Acceleration(kernels ? replaceInKernels : () => undefined);
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

function checkRegisterOp(registerOp: unknown, kernels: boolean): void {
  if (registerOp == null) return;
  check(
    typeof registerOp === 'function',
    OP,
    () => `registerOp must be the function tf.registerOp, but is ${show(registerOp)}.`,
  );
  check(kernels, OP, () => 'registerOp is for kernels, which must not be false then.');
}

/** A backend may be set up before tfjs-converter is loaded, and before a model can be in any case. */
function replaceInKernels(acceleration: Acceleration): void {
  replaceKernels(acceleration);
  registerWhereLoaded();
}
