import {check} from '../check.js';
import {type Around, makesMasks, mendMasks} from './mend_masks.js';
import {callsOf, withCalls} from './calls.js';
import {isModel, type Json, layersOf, type LayerJson, nameOf} from './json.js';
import {mendLayer} from './mend_layer.js';
import {asFunctional, inputShape} from './sequence.js';
import {endsOf} from './tensors.js';
import {calledWith, trainingOf} from './training.js';

/** How a model is called in another one; in Keras 2 with the `training` of the call. */
type Called = Around & {training?: boolean};

/** A Sequential or functional model of Keras, with all models in it, as tfjs reads it. */
export function mendModel(
  model: LayerJson,
  keras3: boolean,
  {training, masks: given, isMasked}: Called = {masks: false, isMasked: false},
): LayerJson {
  check(
    isModel(model),
    'fromKeras',
    () => `the model must be Sequential or functional, but is of the class ${model.class_name}.`,
  );
  const isSequential = model.class_name === 'Sequential';
  const masks = given || makesMasks(model.config);
  const functional = isSequential ? asFunctional(model, keras3) : withCalls(model, keras3);
  const called =
    functional == null || training == null ? functional : calledWith(functional, training);
  const [masked, inner] = called == null ? [] : mendMasks(called, keras3, {masks, isMasked});

  const mend = (layer: LayerJson, isFirst: boolean): LayerJson => {
    if (!isModel(layer)) {
      const mendInner = (model: LayerJson) => mendModel(model, keras3, {masks, isMasked: false});
      return mendLayer(isFirst ? layer : withoutShape(layer), keras3, mendInner);
    }
    const around = inner?.get(nameOf(layer)) ?? {masks, isMasked: false};
    return mendModel(layer, keras3, {...around, training: keras3 ? undefined : trainingOf(layer)});
  };
  const name = model.config['name'];
  const hasMore = masked != null && layersOf(masked).length > layersOf(functional!).length;
  if (masked == null || (isSequential && training == null && !hasMore)) {
    const layers = layersOf(model).map((layer, i) => mend(layer, i === 0));
    return {
      class_name: 'Sequential',
      config: {name, layers: withShape(layers, model) as unknown as Json},
    };
  }
  const models = new Set(layersOf(masked).filter(isModel).map(nameOf));
  // To tfjs and Keras 2, a model's first node is the call that made it; Keras 3 does not count it.
  const shift = ([name, node, ...others]: [string, number, ...unknown[]]): Json =>
    [name, keras3 && models.has(name) ? node + 1 : node, ...others] as Json;
  const layers = layersOf(masked).map(layer => ({
    ...mend(layer, layer.class_name === 'InputLayer'),
    name: nameOf(layer),
    inbound_nodes: callsOf(layer).map((node): Json => node.map(shift)),
  }));
  const ends = (key: string): Json => endsOf(masked.config[key]).map(shift);
  return {
    class_name: isSequential ? 'Functional' : model.class_name,
    config: {
      name,
      layers: layers as unknown as Json,
      input_layers: ends('input_layers'),
      output_layers: ends('output_layers'),
    },
  };
}

/** The layer without the input shape that an adapted layer of Keras 2 writes: tfjs would warn of it. */
function withoutShape(layer: LayerJson): LayerJson {
  if (layer.class_name === 'InputLayer') return layer;
  const config = Object.entries(layer.config).filter(([key]) => key !== 'batch_input_shape');
  return {...layer, config: Object.fromEntries(config)};
}

/** The layers, the first one with the input's shape, which Keras may write beside the layers only. */
function withShape(layers: LayerJson[], model: LayerJson): LayerJson[] {
  const [first, ...others] = layers;
  if (first == null || isModel(first) || first.config['batch_input_shape'] != null) return layers;
  const shape = inputShape(model);
  check(
    Array.isArray(shape),
    `fromKeras: model ${nameOf(model)}`,
    () => 'the shape of its input must be known: build it before it is saved.',
  );
  return [{...first, config: {...first.config, batch_input_shape: shape}}, ...others];
}
