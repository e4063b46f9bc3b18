/** How far the active backend is from what other frameworks compute: of what docs/conformance.md is made. */
import type {layers} from '@tensorflow/tfjs-layers';
import {tidyCase} from '../cases/case.js';
import {relativeError} from '../close.js';
import {layerGolden, layerOf, weightOf} from './layer_cases.js';
import {adapted, trainedSteps} from './layer_comparisons.js';
import {MODELS, outputsOf} from './model_cases.js';
import {MODULES, moduleStepOf} from './module_cases.js';
import {ONNX_CASES, onnxValuesOf} from './onnx_cases.js';
import {type Comparison, gradientsOf, OP_CASES, secondOrderOf, valuesOf} from './op_cases.js';

export const ASPECTS = ['forward', 'gradient', 'second order', 'statistics'] as const;
export type Aspect = (typeof ASPECTS)[number];

/** What else a layer of Keras has. */
type Saved = {
  /** Whether its weights are ours, in name, shape and order. */
  weights: boolean;
  /** Its config's keys that ours never has. */
  lostKeys: string[];
};

export type Measurement = {
  framework: string;
  /** The op, layer, operator or model. */
  subject: string;
  name: string;
  /** The largest error. */
  errors: Partial<Record<Aspect, number>>;
  saved?: Saved;
};

type Compared = Partial<Record<Aspect, Comparison[]>> & {saved?: Saved};

type Subject = Pick<Measurement, 'framework' | 'subject' | 'name'> & {
  compare: () => Compared | Promise<Compared>;
  gradientError?: typeof gradientError;
};

/** Those of a name that the expression matches, and the others. */
function split(comparisons: Comparison[], expression: RegExp): [Comparison[], Comparison[]] {
  const matches = ({name}: Comparison) => expression.test(name);
  return [comparisons.filter(matches), comparisons.filter(c => !matches(c))];
}

const ops = OP_CASES.map((c): Subject => {
  const compare = (): Compared => {
    const [forward, statistics] = split(valuesOf(c), /^y$/);
    return {forward, gradient: gradientsOf(c), 'second order': secondOrderOf(c), statistics};
  };
  return {framework: 'PyTorch, in float64', subject: `\`${c.op}\``, name: c.name, compare};
});

/** Keras 3, Keras 2, or Addons. */
const frameworkOf = ({name}: {name: string}): string =>
  name.startsWith('Addons') ? 'TF Addons' : name.slice(0, 'Keras 3'.length);

/** Some gradients are all cancellation: they are compared relative to 1 more than the largest. */
const gradientError = (actual: ArrayLike<number>, expected: number[]) =>
  relativeError(actual, expected, 1 + Math.max(...expected.map(Math.abs)));

const layersOfKeras = layerGolden.layers.map((c): Subject => {
  const compare = async (): Promise<Compared> => {
    const layer = await layerOf(c);
    const {values: forward, gradients: gradient, weights} = trainedSteps(c, layer);
    const [statistics] = split(weights, /moving|renorm|vector_u/);
    return {forward, gradient, statistics, saved: savedOf(c, layer)};
  };
  const of = {framework: frameworkOf(c), subject: `\`${c.className}\``, name: c.name};
  return {...of, compare, gradientError};
});

const normalization = layerGolden.normalization.map((c): Subject => {
  const compare = async (): Promise<Compared> => {
    const {layer, values: forward, statistics} = await adapted(c);
    return {forward, statistics, saved: savedOf(c, layer)};
  };
  return {framework: 'Keras 3', subject: '`Normalization`', name: c.name, compare};
});

const operators = ONNX_CASES.map((c): Subject => {
  const compare = (): Compared => {
    const [statistics, forward] = split(onnxValuesOf(c), /mean|var/);
    return {forward, statistics};
  };
  return {framework: 'ONNX', subject: `\`${c.operator}\``, name: c.name, compare};
});

const modules = MODULES.map((c): Subject => {
  const [framework, module] = c.name.split(' ');
  const compare = (): Compared => {
    const {values: forward, statistics} = moduleStepOf(c);
    return {forward, statistics};
  };
  return {framework: `Modules of ${framework}`, subject: `\`${module}\``, name: c.name, compare};
});

const models = MODELS.map((c): Subject => {
  const [framework, subject] = c.name.split(', ');
  const compare = async (): Promise<Compared> => ({forward: await outputsOf(c)});
  return {framework: `Models of ${framework}`, subject, name: c.name, compare};
});

/** Of a layer that is made of `config` and shall have `weights`. */
function savedOf(
  {config, weights}: {config: object; weights: Array<{name: string; shape: number[]}>},
  layer: layers.Layer,
): Saved {
  const ours = layer.getConfig();
  const camelCase = (key: string) => key.replace(/_(\w)/g, (_, c: string) => c.toUpperCase());
  const same = weights.every(({name, shape}, i) => {
    const found = weightOf(layer, name.replace(':0', ''));
    return found === layer.weights[i] && String(found.shape) === String(shape);
  });
  return {
    weights: same && weights.length === layer.weights.length,
    lostKeys: Object.keys(config).filter(key => !(camelCase(key) in ours)),
  };
}

async function measured({compare, gradientError, ...of}: Subject): Promise<Measurement> {
  const errors: Measurement['errors'] = {};
  let saved: Saved | undefined;
  const {run} = tidyCase(of.name, async () => {
    const {saved: found, ...compared} = await compare();
    saved = found;
    for (const aspect of ASPECTS) {
      const errorOf = (aspect === 'gradient' && gradientError) || relativeError;
      for (const {actual, expected} of compared[aspect] ?? []) {
        errors[aspect] = Math.max(errors[aspect] ?? 0, errorOf(await actual.data(), expected));
      }
    }
  });
  await run();
  return {...of, errors, saved};
}

export async function measure(): Promise<Measurement[]> {
  const found: Measurement[] = [];
  const all = [...ops, ...layersOfKeras, ...normalization, ...operators, ...modules, ...models];
  for (const subject of all) found.push(await measured(subject));
  return found;
}
