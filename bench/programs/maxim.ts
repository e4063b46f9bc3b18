import {spawnSync} from 'node:child_process';
import {createHash} from 'node:crypto';
import {readdirSync, readFileSync, renameSync, rmSync} from 'node:fs';
import {join} from 'node:path';
import type * as tf from '@tensorflow/tfjs';
import {keptInCache} from '../../scripts/cache.mjs';

/** A restorer of images, converted from JAX, with 372 layer norms in small nodes. */
const PACKAGE = '@upscalerjs/maxim-denoising@0.1.0';
const INTEGRITY =
  '5dPkqYC1b9C8O+7trTjnB/mXf/N7jxI69B2tT97sqPclYQ5cWThAifn7KHXyzyyLeUfuM4lxqbPS/qMMr6p0eA==';

/** The folder of its files, which is kept outside of the repository: the package has 83 MB. */
function modelFolder(): string {
  return keptInCache('maxim-denoising-0.1.0', folder => {
    run('npm', ['pack', PACKAGE, '--silent', '--pack-destination', folder]);
    const file = join(folder, readdirSync(folder)[0]);
    const found = createHash('sha512').update(readFileSync(file)).digest('base64');
    if (found !== INTEGRITY) throw new Error(`${PACKAGE} is not the package that it was.`);
    run('tar', ['xzf', file, '-C', folder, 'package/models']);
    rmSync(file);
    renameSync(join(folder, 'package/models'), join(folder, 'models'));
    rmSync(join(folder, 'package'), {recursive: true});
  });
}

function run(command: string, args: string[]): void {
  const {status, stderr} = spawnSync(command, args, {encoding: 'utf8'});
  if (status !== 0) throw new Error(`${command} ${args.join(' ')}: ${stderr}`);
}

export function maximArtifacts(): tf.io.ModelArtifacts {
  const folder = join(modelFolder(), 'models');
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

type NodeJson = {name: string; op: string; input?: string[]};

/** How many nodes run for the outputs: those that they need, but for constants. */
export function executedNodes({modelTopology, signature}: tf.io.ModelArtifacts): number {
  const {node: nodes} = modelTopology as {node: NodeJson[]};
  const {outputs} = signature as {outputs: Record<string, {name: string}>};
  const nameOf = (input: string) => input.replace('^', '').split(':')[0];
  const byName = new Map(nodes.map(node => [node.name, node]));
  const needed = new Set(Object.values(outputs).map(({name}) => nameOf(name)));
  for (const name of needed) {
    for (const input of byName.get(name)?.input ?? []) needed.add(nameOf(input));
  }
  return [...needed].filter(name => byName.get(name)?.op !== 'Const').length;
}
