import {readFileSync} from 'node:fs';
import {dirname, resolve} from 'node:path';
import {originalPositionFor, TraceMap} from '@jridgewell/trace-mapping';

/** A stack of the page in terms of the sources, of which jest then shows the lines. */
export function mapStack(stack: string, bundle: string): string {
  const map = new TraceMap(readFileSync(`${bundle}.map`, 'utf8'));
  return stack.replace(/http:\/\/localhost\/page\.js:(\d+):(\d+)/g, (place, row, at) => {
    const {source, line, column} = originalPositionFor(map, {
      line: Number(row),
      column: Number(at) - 1,
    });
    if (source == null) return place as string;
    return `${resolve(dirname(bundle), source)}:${line}:${column + 1}`;
  });
}
