// Sets up, then runs a TypeScript program:
//
//     node scripts/run.mjs <program> [argument]...
//
// The program runs in this very process, so that it gets every signal itself.
import {spawnSync} from 'child_process';
import {join} from 'path';
import {pathToFileURL} from 'url';
import {root, setup} from './setup.mjs';

const [program, ...args] = process.argv.slice(2);
const path = join(root, program);

setup();
// Without the backend tensorflow, the program takes another one or says that it needs it.
spawnSync(process.execPath, [join(root, 'scripts', 'setup_node.mjs'), '--optional'], {
  stdio: 'inherit',
});
process.argv = [process.argv[0], path, ...args];
import('./node_util.mjs')
  .then(() => import('tsx/esm/api'))
  .then(tsx => {
    tsx.register();
    return import(pathToFileURL(path).href);
  });
