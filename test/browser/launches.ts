import * as tf from '@tensorflow/tfjs-core';

type Program = {name?: string; shaderKey?: string; constructor: {name: string}};
type Gpu = Record<string, (program: Program, ...others: unknown[]) => unknown>;

const RUN: Record<string, string> = {webgl: 'runWebGLProgram', webgpu: 'runWebGPUProgram'};

/** `before` sees each program that `f` launches; afterwards it may say what it saw. */
function watch(f: () => void, before: (program: Program) => () => unknown): void {
  const backend = tf.backend() as unknown as Gpu;
  const method = RUN[tf.getBackend()];
  const run = backend[method];
  backend[method] = function (program, ...others) {
    const after = before(program);
    const result = run.call(this, program, ...others);
    after();
    return result;
  };
  try {
    tf.tidy(f);
  } finally {
    backend[method] = run;
  }
}

/**
 * The programs that `f` launches, one after the other: ours by their names, tfjs's by their classes. On
 * webgpu, with the pipelines of ours.
 */
export function launches(f: () => void): {names: string[]; pipelines: Set<string>} {
  const names: string[] = [];
  const pipelines = new Set<string>();
  watch(f, program => {
    const ours = program.shaderKey?.includes(' {') ? program.shaderKey.replace(/ \{.*/, '') : null;
    names.push(ours ?? program.name ?? program.constructor.name);
    // By then the key is that of the pipeline.
    return () => ours != null && pipelines.add(program.shaderKey!);
  });
  return {names, pipelines};
}

/** The message of what `f` throws when its `n`-th launch fails, counted from one. */
export function failingAt(n: number, f: () => void): string | null {
  let count = 0;
  try {
    watch(f, () => {
      if (++count === n) throw new Error('This launch fails.');
      return () => {};
    });
  } catch (error) {
    return (error as Error).message;
  }
  return null;
}
