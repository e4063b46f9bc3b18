import {readdirSync} from 'node:fs';
import {createRequire} from 'node:module';
import {join} from 'node:path';
import * as tf from '@tensorflow/tfjs';
import {folderOfPackage} from '../npm_package.js';

/** The npm package whose models are measured as it ships them, with batch norms that are not folded. */
const PACKAGE = {
  name: 'nsfwjs',
  version: '4.2.1',
  integrity:
    '8ixL8Uk7+9Ir67yUxwtbLFZv6NgmsXsgP2oX5zNxmyTIXUfNdj6FLLVS+YI0pYlMEOExLp69ocfQznzTU9ATGw==',
  megabytes: 74,
  folder: 'dist/models',
};

const require = createRequire(import.meta.url);

/** One of its models: scripts hold the topology and the shards of weights, these in base64. */
export async function nsfwjsModel(name: string): Promise<tf.LayersModel> {
  const folder = join(folderOfPackage(PACKAGE), name);
  const {modelTopology, weightsManifest} = require(join(folder, 'model.min.js')) as {
    modelTopology: object;
    weightsManifest: tf.io.WeightsManifestConfig;
  };
  const shards = readdirSync(folder)
    .filter(file => file.includes('shard'))
    .map(file => Buffer.from(require(join(folder, file)) as string, 'base64'));
  return tf.loadLayersModel(
    tf.io.fromMemory({
      modelTopology,
      weightSpecs: weightsManifest.flatMap(({weights}) => weights),
      weightData: new Uint8Array(Buffer.concat(shards)).buffer,
    }),
  );
}
