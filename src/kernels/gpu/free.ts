/** Who frees what a launch made, also where a later one throws. */
import type {TensorInfo} from '@tensorflow/tfjs-core';

type Backend = {disposeData(dataId: object): boolean};

/** What `use` makes of an intermediate result, which nobody needs behind it. */
export function freeAfter<T>(
  backend: Backend,
  intermediate: TensorInfo,
  use: (intermediate: TensorInfo) => T,
): T {
  try {
    return use(intermediate);
  } finally {
    backend.disposeData(intermediate.dataId);
  }
}

/** What `next` makes; if it throws, these results will not be handed out. */
export function freeOnError<T>(backend: Backend, results: TensorInfo[], next: () => T): T {
  try {
    return next();
  } catch (error) {
    for (const {dataId} of results) backend.disposeData(dataId);
    throw error;
  }
}
