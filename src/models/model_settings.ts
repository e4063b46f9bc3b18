import type {Tensor} from '@tensorflow/tfjs-core';
import {layers, type LayersModel, type LayerVariable} from '@tensorflow/tfjs-layers';
import {isModel} from './graph.js';

/** The parts of a model that are neither a layer nor a call of one. */
type Settings = {
  trainable_: boolean;
  userDefinedMetadata?: object;
  isOptimizerOwned?: boolean;
  _refCount: number;
};

/** The fields that tfjs keeps of compiling and training; some of them hold the original's layers. */
const OF_TRAINING =
  /^(model|optimizer_|isOptimizerOwned|loss|lossFunctions|metrics.*|feed.*|history|.+Function|collectedTrainableWeights)$/;

const settingsOf = (model: LayersModel) => model as unknown as Settings;

/** The fields that compiling a model makes; a sequential one keeps them in the model within it. */
export function compiledOf(model: LayersModel): Partial<Compiled> {
  const {model: within} = model as unknown as {model?: unknown};
  return (isModel(within) ? within : model) as unknown as Partial<Compiled>;
}

type Compiled = {
  readonly lossFunctions: ReadonlyArray<(y: Tensor, prediction: Tensor) => Tensor>;
  /** The weights that are trained, which are found out once. */
  readonly collectedTrainableWeights: readonly LayerVariable[];
};

/** Gives a copy of a model the original's class and what is set on the original. */
export function copySettings(original: LayersModel, copy: LayersModel): void {
  const {trainable_, userDefinedMetadata} = settingsOf(original);
  // Not by `trainable`, which sets the flags of all weights.
  settingsOf(copy).trainable_ = trainable_;
  if (userDefinedMetadata != null) copy.setUserDefinedMetadata(userDefinedMetadata);
  const prototype = Object.getPrototypeOf(original) as object;
  if (Object.getPrototypeOf(copy) === prototype) return;
  // The program's own, or that of Keras's files. A layer that it keeps by itself is the original's.
  for (const [name, value] of Object.entries(original)) {
    const isOwn = !(name in copy) && !OF_TRAINING.test(name) && !(value instanceof layers.Layer);
    if (isOwn) Object.assign(copy, {[name]: value as unknown});
  }
  Object.setPrototypeOf(copy, prototype);
}

/** Compiles a copy as the original is, with the very optimizer, which keeps what it has learnt. */
export function copyCompilation(original: LayersModel, copy: LayersModel): void {
  const {optimizer, loss, metrics} = original;
  if (optimizer == null) return;
  const isOwned = settingsOf(original).isOptimizerOwned;
  copy.compile({optimizer, loss, metrics} as Parameters<LayersModel['compile']>[0]);
  if (isOwned === true) shareOptimizer([original, copy].map(settingsOf));
}

/** Makes the last model that is disposed of free the optimizer, where the first one would. */
function shareOptimizer(models: Settings[]): void {
  for (const model of models) {
    const others = models.filter(other => other !== model);
    Object.defineProperty(model, 'isOptimizerOwned', {
      configurable: true,
      get: () => others.every(({_refCount}) => _refCount === 0),
      // Compiled anew, it has another optimizer.
      set: value => Object.defineProperty(model, 'isOptimizerOwned', {value, writable: true}),
    });
  }
}
