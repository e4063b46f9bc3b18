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
  const kept = join(cacheFolder(), `${name}-${process.platform}-${process.arch}`);
  if (existsSync(kept)) return kept;
  mkdirSync(dirname(kept), {recursive: true});
  const folder = mkdtempSync(`${kept}-`);
  try {
    provide(folder);
    renameSync(folder, kept);
  } finally {
    rmSync(folder, {recursive: true, force: true});
  }
  return kept;
}
