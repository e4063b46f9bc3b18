import * as tf from '@tensorflow/tfjs-core';

type RunKernel = (name: string, ...args: unknown[]) => unknown;

/** The names of the kernels that run in `f`, also within others; tf.profile would time each on a GPU. */
export async function kernelsRun(f: () => void | Promise<void>): Promise<Set<string>> {
  const engine = tf.engine() as unknown as {runKernel: RunKernel};
  const run = engine.runKernel.bind(engine);
  const names = new Set<string>();
  engine.runKernel = (name, ...args) => {
    names.add(name);
    return run(name, ...args);
  };
  try {
    await f();
  } finally {
    // The method is the prototype's.
    Reflect.deleteProperty(engine, 'runKernel');
  }
  return names;
}
