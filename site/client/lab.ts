/** The lab: what `foldBatchNorm`, `fuseLayers` and `fuseNormalizations` would do with a model.json. */
import * as tf from '@tensorflow/tfjs';
import {fromKeras} from '../../src/keras/from_keras.js';
import {analyzeGraph} from '../../src/graph/index.js';
import {foldBatchNorm, fuseLayers, type Refusal} from '../../src/models/index.js';
import {registerLayers} from '../../src/layers/register_layers.js';
import {use} from './backends.js';
import {launches} from './measure.js';
import {element, textIn} from './state.js';

registerLayers();

const report = element('report');
const say = (text: string, kind = 'p') => report.append(textIn(kind, text));

/** Sizes that the file leaves open: one example, 32 of everything else. */
const sized = (shape: tf.Shape) => shape.map((size, i) => size ?? (i === 0 ? 1 : 32));

async function kernels(model: tf.LayersModel): Promise<number> {
  const inputs = model.inputs.map(({shape}) => tf.zeros(sized(shape)));
  try {
    return await launches(() => model.predict(inputs));
  } finally {
    tf.dispose(inputs);
  }
}

function list(title: string, lines: string[]): void {
  say(`${title}: ${lines.length}`, 'h3');
  const items = document.createElement('ul');
  items.append(...lines.map(line => textIn('li', line)));
  if (lines.length > 0) report.append(items);
}

/** tfjs refuses the files of Keras 3; those get this package's layers as they are read. */
async function load(handler: tf.io.IOHandler): Promise<tf.LayersModel> {
  try {
    return await tf.loadLayersModel(handler);
  } catch {
    const model = await tf.loadLayersModel(fromKeras(handler));
    say('tfjs cannot read this file. fromKeras can, and gives it this package’s layers.');
    return model;
  }
}

async function choose(): Promise<void> {
  if (!(await use('wasm'))) await use('cpu');
}

const refusals = (refused: readonly Refusal[]) =>
  refused.map(({layer, reason}) => `${layer} stays: ${reason}`);

/** The work of `fuseNormalizations` when the file is loaded. */
function showGraph(modelTopology: object, signature?: object): void {
  const {fused, refused} = analyzeGraph(modelTopology, signature);
  const saved = fused.reduce((sum, {replaces}) => sum + replaces - 1, 0);
  say(`With fuseNormalizations, an inference runs ${saved} nodes less.`);
  list(
    'fuseNormalizations fuses',
    fused.map(({kind, node, replaces}) => `${node} is a ${kind} in the place of ${replaces} nodes`),
  );
  list(
    'fuseNormalizations leaves',
    refused.map(({node, reason}) => `${node} stays: ${reason}`),
  );
  element('status').textContent = `Done: a GraphModel.`;
}

async function examine(text: string): Promise<void> {
  report.replaceChildren();
  element('status').textContent = 'Reads the model …';
  try {
    const file = JSON.parse(text) as {
      modelTopology?: object;
      format?: string;
      signature?: object;
    };
    if (file.format === 'graph-model') {
      showGraph(file.modelTopology!, file.signature);
      return;
    }
    await choose();
    const modelTopology = file.modelTopology ?? file;
    const handler = {load: () => Promise.resolve({modelTopology, format: 'layers-model'})};
    const model = await load(handler);
    const fused = fuseLayers(model);
    const folded = foldBatchNorm(model);
    const counts = [await kernels(model), await kernels(fused.model), await kernels(folded.model)];
    say(
      `One inference runs ${counts[0]} kernels as it is, ${counts[1]} after fuseLayers and ` +
        `${counts[2]} after foldBatchNorm, which saves ${counts[0] - counts[2]}.`,
    );
    list(
      'foldBatchNorm folds',
      folded.report.folded.map(
        ({layer, into, activation}) =>
          `${layer} goes into ${into}${activation == null ? '' : `, with the activation ${activation}`}`,
      ),
    );
    list('foldBatchNorm leaves', refusals(folded.report.refused));
    list(
      'fuseLayers replaces',
      fused.report.fused.map(({layer, className}) => `${layer}, a ${className}`),
    );
    list('fuseLayers leaves', refusals(fused.report.refused));
    element('status').textContent = `Done: ${model.layers.length} layers.`;
    for (const made of [model, fused.model, folded.model]) made.dispose();
  } catch (error) {
    element('status').textContent = `This cannot be examined: ${(error as Error).message}`;
  }
}

const text = element('model') as HTMLTextAreaElement;
const drop = element('drop');
const read = async (file: File | undefined) => {
  if (file == null) return;
  text.value = await file.text();
  await examine(text.value);
};
element('examine').onclick = () => void examine(text.value);
(element('file') as HTMLInputElement).onchange = event =>
  void read((event.target as HTMLInputElement).files?.[0]);
drop.ondragover = event => {
  event.preventDefault();
  drop.classList.add('over');
};
drop.ondragleave = () => drop.classList.remove('over');
drop.ondrop = event => {
  event.preventDefault();
  drop.classList.remove('over');
  void read(event.dataTransfer?.files[0]);
};
async function example(): Promise<void> {
  await choose();
  const model = tf.sequential({name: 'example'});
  model.add(tf.layers.conv2d({filters: 8, kernelSize: 3, inputShape: [32, 32, 3], name: 'conv'}));
  model.add(tf.layers.batchNormalization({name: 'norm'}));
  model.add(tf.layers.reLU({name: 'relu'}));
  model.add(tf.layers.globalAveragePooling2d({name: 'pool'}));
  model.add(tf.layers.layerNormalization({name: 'last_norm'}));
  model.add(tf.layers.dense({units: 10, name: 'dense'}));
  text.value = JSON.stringify({modelTopology: model.toJSON(null, false)}, null, 1);
  model.dispose();
  await examine(text.value);
}
element('example').onclick = () => void example();
