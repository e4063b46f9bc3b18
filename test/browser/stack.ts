import {readFileSync} from 'node:fs';
import {join, resolve} from 'node:path';
import {originalPositionFor, TraceMap} from '@jridgewell/trace-mapping';

/** A page's stack in terms of the sources, of which jest then shows the lines. */
export const mapStack = (stack: string): string =>
  stack.replace(/http:\/\/localhost\/(\w+\.js):(\d+):(\d+)/g, (place: string, ...groups) => {
    const [script, row, at] = groups as string[];
    const {source, line, column} = originalPositionFor(mapOf(script), {
      line: Number(row),
      column: Number(at) - 1,
    });
    if (source == null) return place;
    return `${resolve(process.env['PAGES']!, source)}:${line}:${column + 1}`;
  });

const mapOf = (script: string) =>
  new TraceMap(readFileSync(join(process.env['PAGES']!, `${script}.map`), 'utf8'));
