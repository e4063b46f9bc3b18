import {pathToFileURL} from 'node:url';
import {mkdirSync, writeFileSync} from 'node:fs';
import {join, resolve} from 'node:path';
import {UsageError} from './options.js';

/** The exit status that a shell expects of a program that Ctrl-C ended. */
export const INTERRUPTED = 130;

/** Runs `main`, which gets the arguments and a signal for Ctrl-C and returns the exit status. */
export async function runProgram(
  main: (args: string[], signal: AbortSignal) => Promise<number>,
): Promise<void> {
  const stop = new AbortController();
  process.on('SIGINT', () => stop.abort());
  try {
    process.exitCode = await main(process.argv.slice(2), stop.signal);
  } catch (error) {
    // Errors are caught here: tfjs's wasm module would print them with all of its own minified
    // source.
    console.error(error instanceof UsageError ? `${error.message}\nSee --help.` : error);
    process.exitCode = error instanceof UsageError ? 2 : 1;
  }
}

/**
 * Waits for a turn of the event loop: only between two of them a signal arrives, and bars are
 * drawn.
 */
export const nextTurn = (): Promise<void> => new Promise(resolve => setImmediate(resolve));

/**
 * Makes the report's folder: called first, so that no training is lost where that cannot be done.
 */
export function makeFolder(path: string): string {
  try {
    mkdirSync(path, {recursive: true});
    return resolve(path);
  } catch (error) {
    throw new UsageError(`--out: ${(error as Error).message}`);
  }
}

/** Leaves the report as a page and its numbers as JSON, and says where. */
export function writeReport(folder: string, results: {stopped: boolean}, html: string): void {
  writeFileSync(join(folder, 'results.json'), `${JSON.stringify(results, null, 1)}\n`);
  const path = join(folder, 'index.html');
  writeFileSync(path, html);
  console.log(`${results.stopped ? 'Stopped early. ' : ''}Report: ${pathToFileURL(path).href}`);
}
