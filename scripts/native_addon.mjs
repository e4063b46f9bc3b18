import {existsSync} from 'node:fs';
import {join} from 'node:path';
import {root} from './setup.mjs';

/** Where the addon is that the package loads on such a machine. */
export const addonFor = (/** @type {string} */ platform, /** @type {string} */ arch) =>
  join(root, 'native', 'prebuilt', `${platform}-${arch}.node`);

/** @returns {string | null} why the native ops cannot run here, or null if they can */
export function whyNoAddon() {
  if (existsSync(addonFor(process.platform, process.arch))) return null;
  return 'their addon is not there for this platform; node native/build.mjs compiles it';
}
