import * as tf from '@tensorflow/tfjs';
import {finish} from './backends.js';
import type {Data, Pass} from './implementation.js';
import type {Task} from './measure.js';

/** A device computes in order, so that it is enough to wait for the last results. */
export function onDevice(run: () => tf.Tensor[]): Task {
  let last: tf.Tensor[] = [];
  return {
    run: () => {
      tf.dispose(last);
      last = run();
    },
    finish: async () => {
      await finish(last);
      tf.dispose(last);
      last = [];
    },
  };
}

/** tfjs's own ops with the traffic of a copy and of a triad. */
export function limitsOfDevice({x, dy}: Data) {
  const copy = () => tf.neg(x);
  const triad = () => tf.add(x, dy);
  const limits: Record<Pass, Array<Task & {name: string}>> = {
    forward: [{name: 'tf.neg', ...onDevice(() => [copy()])}],
    backward: [{name: 'tf.add', ...onDevice(() => [triad()])}],
    'forward + backward': [{name: 'tf.neg, tf.add', ...onDevice(() => [copy(), triad()])}],
  };
  return {limits, dispose: () => undefined};
}
