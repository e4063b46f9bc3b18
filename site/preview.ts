/** Builds the site and serves it, below a path, on this machine alone. */
import {createReadStream, existsSync, statSync} from 'node:fs';
import {createServer} from 'node:http';
import {dirname, extname, join, normalize} from 'node:path';
import {fileURLToPath} from 'node:url';
import './build.js';

const dist = join(dirname(fileURLToPath(import.meta.url)), 'dist');
const PREFIX = '/preview/';
const TYPES: Record<string, string> = {
  '.html': 'text/html',
  '.css': 'text/css',
  '.js': 'text/javascript',
  '.wasm': 'application/wasm',
  '.svg': 'image/svg+xml',
  '.woff2': 'font/woff2',
};

const port = Number(process.env['PORT'] ?? 4173);
createServer((request, response) => {
  const {pathname} = new URL(request.url ?? '/', 'http://localhost');
  // `normalize` of an absolute path has no `..` left.
  const name = normalize(`/${decodeURIComponent(pathname).slice(PREFIX.length)}`);
  const file = join(dist, name === '/' ? 'index.html' : name);
  if (pathname.startsWith(PREFIX) && existsSync(file) && statSync(file).isFile()) {
    response.setHeader('content-type', TYPES[extname(file)] ?? 'application/octet-stream');
    createReadStream(file).pipe(response);
  } else if (pathname === '/') response.writeHead(302, {location: PREFIX}).end();
  else response.writeHead(404).end('This page does not exist.');
}).listen(port, '127.0.0.1', () => console.log(`http://localhost:${port}${PREFIX}`));
