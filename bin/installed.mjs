/** A package that is installed where the command is called, or else beside this package. */
import {createRequire} from 'node:module';
import {join} from 'node:path';
import {pathToFileURL} from 'node:url';
import {UsageError} from './options.mjs';

/** @type {Record<string, string>} */
const PACKAGES = {
  cpu: '@tensorflow/tfjs-backend-cpu',
  wasm: '@tensorflow/tfjs-backend-wasm',
  tensorflow: '@tensorflow/tfjs-node',
};

/** @param {string} name */
async function load(name) {
  for (const from of [join(process.cwd(), 'index.js'), import.meta.url]) {
    let path;
    try {
      path = createRequire(from).resolve(name);
    } catch {
      continue;
    }
    try {
      const module = /** @type {object} */ (await import(pathToFileURL(path).href));
      return 'default' in module ? module.default : module;
    } catch (error) {
      const [first] = /** @type {Error} */ (error).message.split('\n');
      throw new UsageError(`${name} is installed but does not load: ${first}`);
    }
  }
  throw new UsageError(`${name} is not installed here: npm install ${name}`);
}

/**
 * tfjs on a backend, with this package's kernels and layers.
 *
 * @param {string} backend
 */
export async function start(backend) {
  if (!Object.hasOwn(PACKAGES, backend)) {
    const names = Object.keys(PACKAGES).join(', ');
    const inBrowser =
      backend === 'webgl' || backend === 'webgpu' ? ', and that one runs in browsers only' : '';
    throw new UsageError(`--backend must be one of ${names}${inBrowser}, but is ${backend}.`);
  }
  const tf = /** @type {typeof import('@tensorflow/tfjs')} */ (await load('@tensorflow/tfjs'));
  // Else tfjs advises on stderr, among the progress, to install tfjs-node.
  tf.env().set('PROD', true);
  await load(PACKAGES[backend]);
  if (!tf.engine().registryFactory || !(await setBackend(tf, backend))) {
    throw new UsageError(
      `the backend ${backend} does not start: ${PACKAGES[backend]} must be of the same version as @tensorflow/tfjs, ${tf.version.tfjs}.`,
    );
  }
  const tfn = await import('tfjs-normalization');
  if (tfn.backendInfo().backend !== backend) {
    throw new UsageError(
      'tfjs-normalization has another copy of tfjs: install it in the same project.',
    );
  }
  return {tf, tfn, models: await import('tfjs-normalization/models')};
}

/**
 * @param {typeof import('@tensorflow/tfjs')} tf
 * @param {string} backend
 */
async function setBackend(tf, backend) {
  try {
    return await tf.setBackend(backend);
  } catch {
    return false;
  }
}

/**
 * A bar on a terminal; nothing elsewhere.
 *
 * @param {{what: string, done: number, all: number | null}} progress
 */
export function showProgress({what, done, all}) {
  if (!process.stderr.isTTY) return;
  const width = 30;
  const filled = all == null ? 0 : Math.round((width * done) / all);
  const bar = '█'.repeat(filled) + '░'.repeat(width - filled);
  process.stderr.write(
    `\r${bar} ${done}/${all ?? '?'} ${what}\x1b[K${done === all ? '\r\x1b[K' : ''}`,
  );
}
