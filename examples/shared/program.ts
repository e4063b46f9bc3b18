import {pathToFileURL} from 'node:url';
import {mkdirSync, renameSync, writeFileSync} from 'node:fs';
import {join, resolve} from 'node:path';
import {UsageError} from './options.js';

/** What a shell expects of a program that Ctrl-C ended. */
export const INTERRUPTED = 130;

/** Runs `main`, which gets the arguments and a signal for Ctrl-C and returns the exit status. */
export async function runProgram(
  main: (args: string[], stop: AbortController) => Promise<number>,
): Promise<void> {
  const stop = new AbortController();
  process.on('SIGINT', () => stop.abort());
  try {
    process.exitCode = await main(process.argv.slice(2), stop);
  } catch (error) {
    // tfjs's wasm module rethrows what nobody catches, with all of its own minified source.
    console.error(error instanceof UsageError ? `${error.message}\nSee --help.` : error);
    process.exitCode = error instanceof UsageError ? 2 : 1;
  }
}

/** To call first, so that a folder that cannot be written does not cost the training. */
export function makeFolder(path: string): string {
  try {
    mkdirSync(path, {recursive: true});
    return resolve(path);
  } catch (error) {
    throw new UsageError(`--out: ${(error as Error).message}`);
  }
}

/** Replaces a file. A rename happens or does not: whatever interrupts this leaves a whole file. */
export function replaceFile(path: string, text: string): void {
  writeFileSync(`${path}.part`, text);
  renameSync(`${path}.part`, path);
}

/** Leaves the report as a page and its numbers as JSON, and says where. */
export function writeReport(folder: string, results: {stopped: boolean}, html: string): void {
  writeFileSync(join(folder, 'results.json'), `${JSON.stringify(results, null, 1)}\n`);
  const path = join(folder, 'index.html');
  writeFileSync(path, html);
  console.log(`${results.stopped ? 'Stopped early. ' : ''}Report: ${pathToFileURL(path).href}`);
}
