/** Milliseconds and launches of a function. */
import * as tf from '@tensorflow/tfjs';

const PROGRAMS: Record<string, string> = {webgl: 'runWebGLProgram', webgpu: 'runWebGPUProgram'};

/** Programs on a GPU, kernels elsewhere. */
export async function launches(f: () => tf.Tensor | tf.Tensor[]): Promise<number> {
  const method = PROGRAMS[tf.getBackend()];
  if (method == null) {
    const {kernels} = await tf.profile(() => {
      const result = f();
      const last = Array.isArray(result) ? result[0] : result;
      tf.dispose(Array.isArray(result) ? result.slice(1) : []);
      return last;
    });
    return kernels.length;
  }
  const backend = tf.backend() as unknown as Record<string, (...args: unknown[]) => unknown>;
  const run = backend[method];
  let count = 0;
  backend[method] = function (...args) {
    count++;
    return run.apply(this, args);
  };
  try {
    tf.dispose(f());
  } finally {
    backend[method] = run;
  }
  return count;
}

/** The median of up to 15 runs in up to `limit` milliseconds, each until its result can be read. */
export async function milliseconds(
  f: () => tf.Tensor | tf.Tensor[],
  limit: number,
): Promise<number> {
  const times: number[] = [];
  const once = async () => {
    const start = performance.now();
    const result = f();
    await (Array.isArray(result) ? result[0] : result).data();
    times.push(performance.now() - start);
    tf.dispose(result);
  };
  await once();
  times.length = 0;
  const end = performance.now() + limit;
  do await once();
  while (times.length < 15 && performance.now() < end);
  return times.sort((a, b) => a - b)[times.length >> 1];
}
