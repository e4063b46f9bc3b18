// Runs cases of the WebGPU kernels in Node within seconds:
//
//     npm run test:dawn -- REGEX
//
// They run on Dawn, with the software driver of the Chromium that the browser tests use.
import {spawnSync} from 'node:child_process';
import {dirname, join} from 'node:path';
import {chromiumPath} from './chromium.mjs';
import {root} from './step.mjs';

const folder = dirname(await chromiumPath());
const args = [join(root, 'scripts/run.mjs'), 'test/browser/dawn.ts', ...process.argv.slice(2)];
const {status} = spawnSync(process.execPath, args, {
  stdio: 'inherit',
  env: {
    ...process.env,
    // The process reads these as it starts. The loader of Vulkan comes with Chromium too.
    LD_LIBRARY_PATH: folder,
    VK_ICD_FILENAMES: join(folder, 'vk_swiftshader_icd.json'),
  },
});
process.exitCode = status ?? 1;
