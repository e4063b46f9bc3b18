// Compiles the SIMD kernels, and the benchmark's loops, into modules that are committed as text:
//
//     npm run build:simd
//
// Both the compiler and the linker are WebAssembly themselves, so npm alone brings them.
import {Buffer} from 'node:buffer';
import {readdirSync, readFileSync, writeFileSync} from 'node:fs';
import {basename} from 'node:path';
import {runLLVM} from '@yowasp/clang';
import {moduleText} from './module_text.mjs';

const MODULES = [
  {source: 'native/module.c', module: 'src/kernels/host/module.ts'},
  {source: 'bench/limit.c', module: 'bench/limit_module.ts'},
];

/** The files that they include. */
const INCLUDED = new URL('../native/', import.meta.url);

const COMPILE = [
  ...['clang', '--target=wasm32', '-O2', '-msimd128', '-Wall', '-Werror'],
  // As written: no fused operations, and no errno that a square root would set.
  ...['-ffp-contract=off', '-fno-math-errno'],
  // Else loops that fill memory become calls of the C library, which is not there.
  '-mbulk-memory',
  // It would give each array of a loop a pointer of its own. Engines do that better, and from less code.
  ...['-mllvm', '-disable-lsr'],
  '-c',
];
const LINK = [
  ...['wasm-ld', '--no-entry', '--strip-all', '--import-memory', '--max-memory=4294967296'],
  // The memory is the caller's, and so is the place of the stack in it.
  ...['--export-if-defined=__stack_pointer', '--allow-undefined'],
  // Else each call and address takes five bytes, so that the linker could fill in any.
  '--compress-relocations',
];

const DATA = 11;

/**
 * The sections of a module by their numbers.
 *
 * @param {Uint8Array} bytes
 */
function sections(bytes) {
  const ids = [];
  for (let at = 8; at < bytes.length;) {
    ids.push(bytes[at++]);
    let size = 0;
    for (let shift = 0, more = true; more; shift += 7) {
      size += (bytes[at] & 127) << shift;
      more = bytes[at++] > 127;
    }
    at += size;
  }
  return ids;
}

let messages = '';
const options = {
  /** @param {Uint8Array | null} bytes */
  stderr: bytes => {
    messages += Buffer.from(bytes ?? []).toString();
  },
  fetchProgress: () => {},
};

/**
 * @param {string} source
 * @param {string} module
 */
async function build(source, module) {
  const path = (/** @type {string} */ name) => new URL(`../${name}`, import.meta.url);
  const name = basename(source, '.c');
  const [c, o, wasm] = ['c', 'o', 'wasm'].map(extension => `${name}.${extension}`);
  const read = (/** @type {URL} */ file) => readFileSync(file, 'utf8');
  const headers = readdirSync(INCLUDED)
    .filter(name => /\.[ch]$/.test(name))
    .map(name => [name, read(new URL(name, INCLUDED))]);
  const files = {[c]: read(path(source)), ...Object.fromEntries(headers)};
  const objects = await runLLVM([...COMPILE, '-o', o, c], files, options);
  const linked = await runLLVM([...LINK, '-o', wasm, o], objects, options);
  const bytes = /** @type {Uint8Array<ArrayBuffer>} */ (linked?.[wasm]);
  // The memory is the caller's, so constants that the compiler would put into it must not be.
  if (sections(bytes).includes(DATA)) throw new Error(`${source} has data.`);
  writeFileSync(
    path(module),
    `/** ${c}, compiled by \`npm run build:simd\`. */\nexport const MODULE =\n  '${moduleText(bytes)}';\n`,
  );
  console.log(`${module}: ${bytes.length} bytes of WebAssembly`);
}

try {
  for (const {source, module} of MODULES) await build(source, module);
} catch (error) {
  console.error(messages || error);
  process.exitCode = 1;
}
