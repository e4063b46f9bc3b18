/** tfjs-node where Node's module `util` lacks the functions that it calls. */
import {spawnSync} from 'node:child_process';
import {readFileSync} from 'node:fs';
import {join} from 'node:path';

const root = join(__dirname, '../..');
const [, lines] = /```js\n(import util [^]*?)```/.exec(
  readFileSync(join(root, 'docs/node.md'), 'utf8'),
)!;

/** Calls ops of tfjs-node that need the functions, in a process whose Node has neither. */
function runWith(code: string) {
  const program = `
    import {createRequire} from 'node:module';
    const load = createRequire(import.meta.url);
    delete load('util').isNullOrUndefined;
    delete load('util').isArray;
    ${code}
    const tf = load('@tensorflow/tfjs-node');
    console.log(tf.getBackend(), tf.topk(tf.concat([[1, 5], [3]])).values.arraySync());`;
  return spawnSync(process.execPath, ['--input-type=module', '--eval', program], {
    cwd: root,
    encoding: 'utf8',
  });
}

test('it fails without the lines of docs/node.md', () => {
  expect(runWith('').stderr).toContain('util_1.isNullOrUndefined) is not a function');
});

test('it runs with them', () => {
  const {stdout, stderr} = runWith(lines);
  expect(stderr).not.toContain('DeprecationWarning');
  expect(stdout).toBe('tensorflow [ 5 ]\n');
});
