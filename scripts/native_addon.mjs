import {existsSync} from 'node:fs';
import {join} from 'node:path';
import {root} from './setup.mjs';

/** @returns {string | null} why the native ops cannot run here, or null if they can */
export function whyNoAddon() {
  const {platform, arch} = process;
  if (existsSync(join(root, 'native', 'prebuilt', `${platform}-${arch}.node`))) return null;
  return 'their addon is not there for this platform; node native/build.mjs compiles it';
}
