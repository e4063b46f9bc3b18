// npm run test:dawn -- REGEX: the quick loop for WebGPU. The browser's cases in Node, on Dawn with the
// software driver of the Chromium that the tests run in.
import {spawnSync} from 'node:child_process';
import {dirname, join} from 'node:path';
import {chromiumPath} from './chromium.mjs';
import {root} from './setup.mjs';

const folder = dirname(await chromiumPath());
const args = [join(root, 'scripts/run.mjs'), 'test/browser/dawn.ts', ...process.argv.slice(2)];
const {status} = spawnSync(process.execPath, args, {
  stdio: 'inherit',
  env: {
    ...process.env,
    // Read before the process starts: Chromium brings the loader of Vulkan as well.
    LD_LIBRARY_PATH: folder,
    VK_ICD_FILENAMES: join(folder, 'vk_swiftshader_icd.json'),
  },
});
process.exitCode = status ?? 1;
