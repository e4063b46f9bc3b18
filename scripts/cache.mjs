import {existsSync, mkdirSync, mkdtempSync, renameSync, rmSync} from 'node:fs';
import {homedir} from 'node:os';
import {dirname, join} from 'node:path';

/** The folder in which downloads are kept. */
export function cacheFolder() {
  const cache = process.env['XDG_CACHE_HOME'] || join(homedir(), '.cache');
  return join(cache, 'tfjs-normalization');
}

/**
 * Returns the folder of that name for this platform. If it is not there it is provided, wholly or
 * not at all.
 *
 * @param {string} name
 * @param {(folder: string) => void} provide fills the folder
 */
export function keptInCache(name, provide) {
  const {kept, folder} = placeOf(name);
  if (folder == null) return kept;
  try {
    provide(folder);
    renameSync(folder, kept);
  } finally {
    rmSync(folder, {recursive: true, force: true});
  }
  return kept;
}

/**
 * The same for what has to be waited for.
 *
 * @param {string} name
 * @param {(folder: string) => Promise<void>} provide fills the folder
 */
export async function keptInCacheAsync(name, provide) {
  const {kept, folder} = placeOf(name);
  if (folder == null) return kept;
  try {
    await provide(folder);
    renameSync(folder, kept);
  } finally {
    rmSync(folder, {recursive: true, force: true});
  }
  return kept;
}

/** Where it is kept, and a new folder beside it if it is not there. @param {string} name */
function placeOf(name) {
  const kept = join(cacheFolder(), `${name}-${process.platform}-${process.arch}`);
  if (existsSync(kept)) return {kept, folder: null};
  mkdirSync(dirname(kept), {recursive: true});
  return {kept, folder: mkdtempSync(`${kept}-`)};
}
