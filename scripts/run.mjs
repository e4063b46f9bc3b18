// Sets up, then runs a TypeScript program:
//
//     node scripts/run.mjs <program> [argument]...
//
// In this very process, so that neither a shell nor a runner stands between it and a signal.
import {spawnSync} from 'child_process';
import {join} from 'path';
import {pathToFileURL} from 'url';
import {root, setup} from './setup.mjs';

const [program, ...args] = process.argv.slice(2);
const path = join(root, program);

setup();
// Where it cannot be had, the program runs on another backend, or says that it cannot.
spawnSync(process.execPath, [join(root, 'scripts', 'setup_node.mjs'), '--optional'], {
  stdio: 'inherit',
});
process.argv = [process.argv[0], path, ...args];
import('tsx/esm/api').then(tsx => {
  tsx.register();
  return import(pathToFileURL(path).href);
});
