import {createRequire} from 'node:module';
import {arch, availableParallelism, cpus, loadavg, platform, totalmem} from 'node:os';
import * as tf from '@tensorflow/tfjs';
import type {OnnxRuntimes} from './onnx/runtimes.js';
import type {Environment} from './report.js';
import {versionsOfTensorflow} from './tensorflow.js';

/**
 * The environment before anything is measured: of `loadAverage`, the second value is not yet known.
 */
export function environmentOf(
  backend: string,
  device: string | null,
  rounds: number,
  onnx: OnnxRuntimes,
): Environment {
  const {version} = createRequire(import.meta.url)('tfjs-normalization/package.json') as {
    version: string;
  };
  const runtimes = Object.entries(onnx).map(([name, {env}]) => [name, env.versions['common']!]);
  return {
    package: `tfjs-normalization ${version}`,
    backend,
    machine: {
      cpu: cpus()[0].model,
      cores: availableParallelism(),
      memoryGB: Math.round(totalmem() / 1e9),
      platform: `${platform()} ${arch()}`,
      device,
    },
    node: process.versions.node,
    packages: {
      '@tensorflow/tfjs': tf.version.tfjs,
      ...(Object.fromEntries(runtimes) as Record<string, string>),
      ...(backend === 'tensorflow' ? versionsOfTensorflow() : {}),
    },
    date: new Date().toISOString().slice(0, 10),
    rounds,
    loadAverage: [loadavg()[0], NaN],
  };
}
