import * as tf from '@tensorflow/tfjs-core';

type Program = {name?: string; constructor: {name: string}};
type Gpu = Record<string, (program: Program, ...others: unknown[]) => unknown>;

const RUN: Record<string, string> = {webgl: 'runWebGLProgram', webgpu: 'runWebGPUProgram'};

/** `before` sees each program that `f` launches. */
function watch(f: () => void, before: (program: Program) => void): void {
  const backend = tf.backend() as unknown as Gpu;
  const method = RUN[tf.getBackend()];
  const run = backend[method];
  backend[method] = function (program, ...others) {
    before(program);
    return run.call(this, program, ...others);
  };
  try {
    tf.tidy(f);
  } finally {
    backend[method] = run;
  }
}

/** The programs that `f` launches, one after the other: ours by their names, tfjs's by their classes. */
export function launches(f: () => void): string[] {
  const found: string[] = [];
  watch(f, program => found.push(program.name ?? program.constructor.name));
  return found;
}

/** The message of what `f` throws when its `n`-th launch fails, counted from one. */
export function failingAt(n: number, f: () => void): string | null {
  let count = 0;
  try {
    watch(f, () => {
      if (++count === n) throw new Error('This launch fails.');
    });
  } catch (error) {
    return (error as Error).message;
  }
  return null;
}
