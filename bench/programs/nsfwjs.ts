import {spawnSync} from 'node:child_process';
import {createHash} from 'node:crypto';
import {readdirSync, readFileSync, renameSync, rmSync} from 'node:fs';
import {createRequire} from 'node:module';
import {join} from 'node:path';
import * as tf from '@tensorflow/tfjs';
import {keptInCache} from '../../scripts/cache.mjs';

/** The npm package whose models are measured as it ships them, with batch norms that are not folded. */
const PACKAGE = 'nsfwjs@4.2.1';
const INTEGRITY =
  '8ixL8Uk7+9Ir67yUxwtbLFZv6NgmsXsgP2oX5zNxmyTIXUfNdj6FLLVS+YI0pYlMEOExLp69ocfQznzTU9ATGw==';

const require = createRequire(import.meta.url);

/** The folder of its models, which is kept outside of the repository: the package has 74 MB. */
function modelsFolder(): string {
  return keptInCache(PACKAGE.replace('@', '-'), folder => {
    run('npm', ['pack', PACKAGE, '--silent', '--pack-destination', folder]);
    const file = join(folder, readdirSync(folder)[0]);
    const found = createHash('sha512').update(readFileSync(file)).digest('base64');
    if (found !== INTEGRITY) throw new Error(`${PACKAGE} is not the package that it was.`);
    run('tar', ['xzf', file, '-C', folder, 'package/dist/models']);
    rmSync(file);
    renameSync(join(folder, 'package/dist/models'), join(folder, 'models'));
    rmSync(join(folder, 'package'), {recursive: true});
  });
}

function run(command: string, args: string[]): void {
  const {status, stderr} = spawnSync(command, args, {encoding: 'utf8'});
  if (status !== 0) throw new Error(`${command} ${args.join(' ')}: ${stderr}`);
}

/** One of its models: scripts hold the topology and the shards of weights, these in base64. */
export async function nsfwjsModel(name: string): Promise<tf.LayersModel> {
  const folder = join(modelsFolder(), 'models', name);
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
