import {io} from '@tensorflow/tfjs-core';

/** The handler that tfjs would find for a URL of a model. */
export const handlerOf = (url: string): io.IOHandler | undefined =>
  (io.getLoadHandlers(url) as io.IOHandler[])[0] ??
  (url.startsWith('file:') ? undefined : io.http(url));
