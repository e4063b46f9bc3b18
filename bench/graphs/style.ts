import {createHash} from 'node:crypto';
import {writeFileSync} from 'node:fs';
import {join} from 'node:path';
import type * as tf from '@tensorflow/tfjs';
import {cacheFolder, keptInCacheAsync} from '../../scripts/cache.mjs';
import {artifactsIn} from './maxim.js';

/** Arbitrary style transfer, the part that paints, with 13 instance norms whose gamma and beta are computed. */
const COMMIT = '5c93b212d7d3c7051a89a53667d2d5a61cd938b4';
const FOLDER =
  `https://raw.githubusercontent.com/reiinakano/arbitrary-image-stylization-tfjs/${COMMIT}/` +
  'saved_model_transformer_separable_js';
const FILES = {
  'model.json': '257040c57d23980aa32e92bfb062d28d932182fae31438e071ee74fc48b46a70',
  'group1-shard1of1': 'c0e3d8a3e39d57f07f24fc5545c7ffa5f2c30009ca8d7dd23ed1d195b05b7dd7',
};

const SECONDS = 120;

export async function styleArtifacts(): Promise<tf.io.ModelArtifacts> {
  const name = `arbitrary-stylization-${COMMIT.slice(0, 7)}`;
  const folder = await keptInCacheAsync(name, async folder => {
    console.error(`Downloading ${FOLDER}, 2.4 MB, once, into ${cacheFolder()}.`);
    for (const [file, sha256] of Object.entries(FILES)) {
      const response = await fetch(`${FOLDER}/${file}`, {
        signal: AbortSignal.timeout(SECONDS * 1000),
      });
      if (!response.ok) throw new Error(`${FOLDER}/${file}: ${response.status}`);
      const bytes = Buffer.from(await response.arrayBuffer());
      const found = createHash('sha256').update(bytes).digest('hex');
      if (found !== sha256) throw new Error(`${FOLDER}/${file} is not the file that it was.`);
      writeFileSync(join(folder, file), bytes);
    }
  });
  return artifactsIn(folder);
}
