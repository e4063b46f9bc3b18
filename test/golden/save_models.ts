// Saves the models of test/keras/made_models.ts, and those that Keras made, into a folder, with inputs and outputs; see
// check_saved.py.
import {mkdirSync, writeFileSync} from 'node:fs';
import {join} from 'node:path';
import * as tf from '@tensorflow/tfjs';
import * as tfn from '../../src/index.js';
import {example, MADE_MODELS, ONLY_KERAS3, RETURNING} from '../keras/made_models.js';
import {filesOf, tensorOf} from './model_cases.js';

const folder = process.argv[2];

function handler(path: string): tf.io.IOHandler {
  return tf.io.withSaveHandler(artifacts => {
    const {modelTopology, weightSpecs, weightData} = artifacts;
    mkdirSync(path, {recursive: true});
    const weightsManifest = [{paths: ['weights.bin'], weights: weightSpecs}];
    writeFileSync(join(path, 'model.json'), JSON.stringify({modelTopology, weightsManifest}));
    writeFileSync(join(path, 'weights.bin'), new Uint8Array(weightData as ArrayBuffer));
    return Promise.resolve({modelArtifactsInfo: tf.io.getModelArtifactsInfoForJSON(artifacts)});
  });
}

const json = (tensors: tf.Tensor[]) =>
  tensors.map(t => ({shape: t.shape, values: Array.from(t.dataSync())}));

async function save(name: string, model: tf.LayersModel, inputs: tf.Tensor[], version: 2 | 3) {
  const path = join(folder, `${name}, Keras ${version}`);
  await model.save(tfn.toKeras(handler(path), {version}));
  const outputs = [model.predict(inputs)].flat();
  const values = {version, inputs: json(inputs), outputs: json(outputs)};
  writeFileSync(join(path, 'values.json'), JSON.stringify(values));
}

for (const {model, version} of RETURNING) {
  const loaded = await tf.loadLayersModel(tfn.fromKeras(filesOf(model)));
  await save(`${model.name} again`, loaded, model.inputs.map(tensorOf), version);
}
for (const [name, make] of Object.entries(MADE_MODELS)) {
  for (const version of [2, 3] as const) {
    if (version === 2 && ONLY_KERAS3.includes(name)) continue;
    const {model, inputs} = example(make);
    await save(name, model, inputs, version);
  }
}
