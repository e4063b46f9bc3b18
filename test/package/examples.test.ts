/** The code that the documents show does run. */
import {spawnSync} from 'node:child_process';
import {readdirSync, readFileSync} from 'node:fs';
import {join, relative} from 'node:path';
import * as tf from '@tensorflow/tfjs';
import * as tfn from '../../src/index.js';

const root = join(__dirname, '../..');

const blocksOf = (text: string): string[] =>
  Array.from(text.matchAll(/```(?:js|ts)\n([^]*?)```/g), match => match[1]);

const filesUnder = (folder: string, ending: string): string[] =>
  readdirSync(join(root, folder), {recursive: true, encoding: 'utf8'})
    .filter(name => name.endsWith(ending))
    .map(name => join(root, folder, name));

const blocks = (files: string[]): Array<[string, string]> =>
  files.flatMap(file =>
    blocksOf(readFileSync(file, 'utf8')).map((code, i): [string, string] => [
      `${relative(root, file)} #${i + 1}`,
      code,
    ]),
  );

// Whole programs, against the built package.
const documents = [join(root, 'README.md'), ...filesUnder('docs', '.md')];
test.each(blocks(documents))('%s runs', (_, code) => {
  const {status, stderr} = spawnSync(process.execPath, ['--input-type=module', '--eval', code], {
    cwd: root,
    encoding: 'utf8',
  });
  expect(stderr).not.toContain('Error');
  expect(status).toBe(0);
});

// Snippets that take tf and tfn for granted.
const docstrings = filesUnder('src', '.ts').map((file): [string, string] => [
  file,
  readFileSync(file, 'utf8').replace(/^ *\* ?/gm, ''),
]);
const snippets = docstrings.flatMap(([file, text]) =>
  blocksOf(text).map((code, i): [string, string] => [`${relative(root, file)} #${i + 1}`, code]),
);
test.each(snippets)('%s runs', async (_, code) => {
  const print = jest.spyOn(console, 'log').mockImplementation();
  const AsyncFunction = (async () => Promise.resolve()).constructor as FunctionConstructor;
  const run = AsyncFunction('tf', 'tfn', code) as (...args: unknown[]) => Promise<void>;
  await expect(run(tf, tfn)).resolves.toBeUndefined();
  print.mockRestore();
});

test('every public op and layer shows an example', () => {
  const [ops, layers] = ['src/ops', 'src/layers'].map(folder =>
    snippets.filter(([name]) => name.startsWith(folder)),
  );
  expect(ops).toHaveLength(13);
  // The three unit layers share one; replaceTfjsLayers has its own.
  expect(layers).toHaveLength(14);
});
