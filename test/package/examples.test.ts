/** The code that the documents show does run. */
import {spawnSync} from 'node:child_process';
import {readdirSync, readFileSync} from 'node:fs';
import {join, relative} from 'node:path';
import * as tf from '@tensorflow/tfjs';
import * as tfn from '../../src/index.js';
import {registerLayers} from '../../src/entries/layers.js';
import * as graph from '../../src/graph/index.js';
import * as models from '../../src/models/index.js';
import './example_files.cjs';

const root = join(__dirname, '../..');

const blocksOf = (text: string): string[] =>
  Array.from(text.matchAll(/```(?:js|ts)\n([^]*?)```/g), match => match[1]);

const filesUnder = (folder: string, ending: string): string[] =>
  readdirSync(join(root, folder), {recursive: true, encoding: 'utf8'})
    .filter(name => name.endsWith(ending))
    .map(name => join(root, folder, name));

type Block = [name: string, code: string];
/** The blocks of the files, of what `text` makes of each. */
const blocks = (files: string[], text = (code: string) => code): Block[] =>
  files.flatMap(file =>
    blocksOf(text(readFileSync(file, 'utf8'))).map((code, i): Block => [
      `${relative(root, file)} #${i + 1}`,
      code,
    ]),
  );

const guides = filesUnder('site/pages', '.md').filter(file => !file.includes('/api/'));
// Whole programs, against the built package.
const documents = [join(root, 'README.md'), ...filesUnder('docs', '.md'), ...guides];
test.each(blocks(documents))('%s runs', (_, code) => {
  const files = join(__dirname, 'example_files.cjs');
  const args = ['--require', files, '--input-type=module', '--eval', code];
  const {status, stderr} = spawnSync(process.execPath, args, {cwd: root, encoding: 'utf8'});
  expect(stderr).not.toContain('Error');
  expect(status).toBe(0);
});

// Snippets of docstrings that take tf, tfn and the names of other entries for granted.
const snippets = blocks(filesUnder('src', '.ts'), code => code.replace(/^ *\* ?/gm, ''));
test.each(snippets)('%s runs', async (_, code) => {
  const print = jest.spyOn(console, 'log').mockImplementation();
  const AsyncFunction = (async () => Promise.resolve()).constructor as FunctionConstructor;
  const names = {tf, tfn, registerLayers, ...models, ...graph};
  const run = AsyncFunction(...Object.keys(names), code) as (...args: unknown[]) => Promise<void>;
  await expect(run(...Object.values(names))).resolves.toBeUndefined();
  print.mockRestore();
});

test('every public op and layer shows an example', () => {
  const [ops, layers] = ['src/ops', 'src/layers'].map(folder =>
    snippets.filter(([name]) => name.startsWith(folder)),
  );
  expect(ops).toHaveLength(19);
  // The three unit layers share one; registerLayers, replaceTfjsLayers and the two base classes have their own.
  expect(layers).toHaveLength(24);
});
