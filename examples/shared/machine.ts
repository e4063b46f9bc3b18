import {createRequire} from 'node:module';
import {cpus, loadavg} from 'node:os';
import * as tf from '@tensorflow/tfjs';

/** The settings of a run, for its report. */
export type Settings = Record<string, string | number>;

/** The versions and the machine, without which nobody can believe a time. */
export function machine(): Settings {
  const {version} = createRequire(import.meta.url)('tfjs-normalization/package.json') as {
    version: string;
  };
  const processors = cpus();
  return {
    date: new Date().toISOString(),
    'tfjs-normalization (tfn)': version,
    'TensorFlow.js (tf)': tf.version.tfjs,
    'Node.js': process.version,
    processors: `${processors.length} x ${processors[0]?.model.trim() ?? 'unknown'}`,
    'load average at the end': loadavg()
      .map(load => load.toFixed(2))
      .join(', '),
  };
}
