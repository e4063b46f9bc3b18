import {readFileSync} from 'node:fs';
import {join} from 'node:path';
import type * as tf from '@tensorflow/tfjs';
import {folderOfPackage} from '../npm_package.js';

/** A restorer of images, converted from JAX, with 372 layer norms in small nodes. */
const PACKAGE = {
  name: '@upscalerjs/maxim-denoising',
  version: '0.1.0',
  integrity:
    '5dPkqYC1b9C8O+7trTjnB/mXf/N7jxI69B2tT97sqPclYQ5cWThAifn7KHXyzyyLeUfuM4lxqbPS/qMMr6p0eA==',
  megabytes: 83,
  folder: 'models',
};

export const maximArtifacts = (): tf.io.ModelArtifacts => artifactsIn(folderOfPackage(PACKAGE));

/** The files of a GraphModel. */
export function artifactsIn(folder: string): tf.io.ModelArtifacts {
  const {weightsManifest, ...model} = JSON.parse(
    readFileSync(join(folder, 'model.json'), 'utf8'),
  ) as tf.io.ModelJSON;
  const shards = weightsManifest
    .flatMap(({paths}) => paths)
    .map(path => new Uint8Array(readFileSync(join(folder, path))).buffer);
  return {
    modelTopology: model.modelTopology,
    signature: model.signature,
    weightSpecs: weightsManifest.flatMap(({weights}) => weights),
    weightData: shards,
  };
}
