// Compiles the SIMD kernels into the module that is committed as base64:
//
//     npm run build:simd
//
// Both the compiler and the linker are WebAssembly themselves, so npm alone brings them.
import {Buffer} from 'node:buffer';
import {readFileSync, writeFileSync} from 'node:fs';
import {runLLVM} from '@yowasp/clang';

const folder = new URL('../src/kernels/simd/', import.meta.url);
const source = readFileSync(new URL('normalize.c', folder), 'utf8');

const COMPILE = [
  ...['clang', '--target=wasm32', '-O2', '-msimd128', '-Wall', '-Werror'],
  // As written: no fused operations, and no errno that a square root would set.
  ...['-ffp-contract=off', '-fno-math-errno'],
  // The memory is the caller's: a stack frame in it would overwrite what is there.
  '-Wframe-larger-than=0',
  ...['-c', '-o', 'normalize.o', 'normalize.c'],
];
const LINK = [
  ...['wasm-ld', '--no-entry', '--strip-all', '--import-memory', '--max-memory=4294967296'],
  ...['-o', 'normalize.wasm', 'normalize.o'],
];

let messages = '';
const options = {
  /** @param {Uint8Array | null} bytes */
  stderr: bytes => {
    messages += Buffer.from(bytes ?? []).toString();
  },
  fetchProgress: () => {},
};
try {
  const objects = await runLLVM(COMPILE, {'normalize.c': source}, options);
  const wasm = /** @type {Uint8Array} */ (
    (await runLLVM(LINK, objects, options))?.['normalize.wasm']
  );
  const base64 = Buffer.from(wasm).toString('base64');
  writeFileSync(
    new URL('module.ts', folder),
    `/** normalize.c, compiled by \`npm run build:simd\`. */\nexport const MODULE =\n  '${base64}';\n`,
  );
  console.log(`src/kernels/simd/module.ts: ${wasm.length} bytes of WebAssembly`);
} catch (error) {
  console.error(messages || error);
  process.exitCode = 1;
}
