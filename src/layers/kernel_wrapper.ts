import * as tf from '@tensorflow/tfjs-core';
import {layers, type LayerVariable, type Shape} from '@tensorflow/tfjs-layers';
import {check, show} from '../check.js';
import type {Names} from '../options.js';
import {fromIdentifier, toIdentifier} from './identifiers.js';
import {checkInput} from './layer_input.js';
import {checkArgs, withoutForeign} from './layer_options.js';
import type {Kwargs, LayerArgs} from './tfjs_types.js';

type Tensors = tf.Tensor | tf.Tensor[];
type Layer = layers.Layer;

/** The options of all layers that wrap another one and normalize its kernel. */
export interface KernelWrapperArgs extends LayerArgs {
  /** The layer whose kernel is normalized: the object, or its config as in a saved model. */
  layer: layers.Layer | {className: string; config: tf.serialization.ConfigDict};
}

/** Where a layer keeps its kernel: tfjs's layers read it from there at every call. */
type Place = {holder: Record<string, unknown>; key: string};

/**
 * A layer around another one whose kernel it normalizes. Their weights are those of both, so that
 * training, freezing, saving and disposing see one layer; Keras's `Wrapper`.
 */
export abstract class KernelWrapper extends layers.Layer {
  /** The name under which tf.serialization registers the class, and by which files refer to it. */
  declare static readonly className: string;
  /** @internal The names of the options that it has beside those of every layer. */
  declare static readonly options: Names;
  /** The layer whose kernel is normalized. */
  readonly layer: layers.Layer;
  /** The weight that is normalized. */
  protected kernel!: LayerVariable;
  private place!: Place;

  constructor(args: KernelWrapperArgs) {
    // Else tfjs would take the layer's name for the wrapper's, in this and every later message.
    check(
      typeof (args as Partial<Layer> | undefined)?.call !== 'function',
      (new.target as unknown as {className: string}).className,
      () => `layer must be given as {layer}, but is ${(args as unknown as Layer).name} itself.`,
    );
    checkArgs(new.target, args === undefined ? {} : args);
    const {layer: given, ...others} = args ?? {};
    super(others);
    check(
      typeof given !== 'string',
      this.name,
      () => `layer must be a layer or its {className, config}, but is ${show(given)}.`,
    );
    const layer = fromIdentifier<Layer>(this.name, 'layer', given);
    check(
      typeof layer?.call === 'function',
      this.name,
      () => `layer must be a layer, but is ${layer == null ? 'null' : layer.getClassName()}.`,
    );
    this.layer = layer;
    this.supportsMasking = layer.supportsMasking;
    if (this.batchInputShape == null && layer.batchInputShape != null) {
      this.batchInputShape = layer.batchInputShape;
      this.dtype = layer.dtype;
    }
    if (others.trainable === false) layer.trainable = false;
  }

  /** Makes the layer of a saved config, which may have Keras's keys that change nothing here. */
  static override fromConfig<T extends tf.serialization.Serializable>(
    cls: tf.serialization.SerializableConstructor<T>,
    config: tf.serialization.ConfigDict,
  ): T {
    return new cls(withoutForeign(cls, config));
  }

  /** The names that the kernel may have in its holder. */
  protected abstract kernelKeys(): string[];
  /** Adds the wrapper's own weights. */
  protected abstract addOwnWeights(): void;
  protected abstract run(inputs: Tensors, kwargs: Kwargs): Tensors;

  override build(inputShape: Shape | Shape[]): void {
    const {layer} = this;
    this.checkKernel(!this.hasOtherKernels());
    if (!layer.built) layer.build(inputShape);
    layer.built = true;
    if (layer.initialWeights != null) layer.setWeights(layer.initialWeights);
    this.place = this.findKernel();
    this.kernel = this.place.holder[this.place.key] as LayerVariable;
    this.addOwnWeights();
    this.adoptWeights();
    this.inputSpec = layer.inputSpec;
    super.build(inputShape);
  }

  /** The layer that has the kernel: the wrapped one, or the cell in it. */
  protected kernelHolder(): Layer {
    return this.layer;
  }

  /** Whether Keras refuses the layer: a separable convolution has two kernels, a recurrent one a cell. */
  private hasOtherKernels(): boolean {
    const holder = this.kernelHolder() as unknown as Place['holder'];
    return holder['pointwiseInitializer'] != null || holder['cell'] != null;
  }

  private findKernel(): Place {
    const holder = this.kernelHolder() as unknown as Place['holder'];
    const key = this.kernelKeys().find(key => holder[key] != null);
    this.checkKernel(key != null);
    return {holder, key: key!};
  }

  private checkKernel(found: boolean): void {
    const came = this.layer.getClassName();
    check(
      found,
      this.name,
      () => `layer must have one of ${this.kernelKeys().join(', ')}; ${came} has not.`,
    );
  }

  /** In the order of Keras 2: the wrapper's own weights, the kernel, the others; then the untrained. */
  private adoptWeights(): void {
    const {layer, kernel} = this;
    const own = [...this.trainableWeights, ...this.nonTrainableWeights];
    const others = layer.weights.filter(weight => weight !== kernel);
    const declared = [kernel, ...others].filter(weight => weight.trainable);
    const rest = [...own, ...others].filter(weight => !weight.trainable);
    this._trainableWeights.push(...declared);
    this.nonTrainableWeights = rest;
    // The weights do not know of the layer's own flag.
    if (!layer.trainable) declared.forEach(weight => (weight.trainable = false));
  }

  /** @internal tfjs asks each cell of an RNN for this. Keras takes no wrapper there either. */
  get stateSize(): unknown {
    check(false, this.name, () => 'must not be a cell of an RNN: a wrapper has no states.');
    return null;
  }

  override get trainable(): boolean {
    return super.trainable;
  }

  override set trainable(trainable: boolean) {
    super.trainable = trainable;
    this.layer.trainable = trainable;
  }

  override call(inputs: Tensors, kwargs: Kwargs = {}): Tensors {
    return tf.tidy(() => {
      this.invokeCallHook(inputs, kwargs);
      for (const x of [inputs].flat()) checkInput(this.name, x);
      return this.run(inputs, kwargs);
    });
  }

  /** The layer's output with `kernel` in the place of its own. */
  protected callWith(kernel: tf.Tensor, inputs: Tensors, kwargs: Kwargs): Tensors {
    const {holder, key} = this.place;
    holder[key] = {read: () => kernel};
    try {
      return this.layer.call(inputs, kwargs);
    } finally {
      holder[key] = this.kernel;
    }
  }

  override calculateLosses(): tf.Scalar[] {
    return [...super.calculateLosses(), ...this.layer.calculateLosses()];
  }

  override computeOutputShape(inputShape: Shape | Shape[]): Shape | Shape[] {
    return this.layer.computeOutputShape(inputShape);
  }

  override computeMask(inputs: Tensors, mask?: Tensors): Tensors {
    return this.layer.computeMask(inputs, mask) as Tensors;
  }

  override getConfig(): tf.serialization.ConfigDict {
    return {...super.getConfig(), layer: toIdentifier(this.layer)};
  }
}
