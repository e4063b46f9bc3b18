import * as tf from '@tensorflow/tfjs-core';

type Program = {name?: string; constructor: {name: string}};
type Gpu = Record<string, (program: Program, ...others: unknown[]) => unknown>;

const RUN: Record<string, string> = {webgl: 'runWebGLProgram', webgpu: 'runWebGPUProgram'};

/** The programs that `f` launches, one after the other: ours by their names, tfjs's by their classes. */
export function launches(f: () => void): string[] {
  const backend = tf.backend() as unknown as Gpu;
  const method = RUN[tf.getBackend()];
  const found: string[] = [];
  const run = backend[method];
  backend[method] = function (program, ...others) {
    found.push(program.name ?? program.constructor.name);
    return run.call(this, program, ...others);
  };
  try {
    tf.tidy(f);
  } finally {
    backend[method] = run;
  }
  return found;
}
