import {spawnSync} from 'node:child_process';
import {chmodSync, readdirSync, rmSync} from 'node:fs';
import {join} from 'node:path';
import {cacheFolder, keptInCache} from './cache.mjs';

const ZIG = '0.15.2';

/**
 * The path of a fixed version of Zig, whose clang brings all that it links against, for any target.
 * PyPI has it.
 */
export function zig() {
  const cache = join(cacheFolder(), 'zig-cache');
  Object.assign(process.env, {ZIG_GLOBAL_CACHE_DIR: cache, ZIG_LOCAL_CACHE_DIR: cache});
  const kept = keptInCache(`zig-${ZIG}`, folder => {
    const pip = ['-m', 'pip', 'download', `ziglang==${ZIG}`, '--no-deps', '--only-binary', ':all:'];
    python([...pip, '--disable-pip-version-check', '--quiet', '--dest', folder]);
    const [wheel] = readdirSync(folder);
    python(['-m', 'zipfile', '-e', join(folder, wheel), folder]);
    rmSync(join(folder, wheel));
    chmodSync(join(folder, 'ziglang', 'zig'), 0o755);
  });
  return join(kept, 'ziglang', 'zig');
}

/** @param {string[]} args */
function python(args) {
  const {status, stderr, error} = spawnSync('python3', args, {encoding: 'utf8'});
  if (status === 0) return;
  const said = error?.message ?? stderr.trim();
  throw new Error(`The compiler was not to be had by Python 3 with pip: ${said}`);
}
