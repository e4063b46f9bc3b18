/** Why a piece of a graph is not taken for a normalization. */
export class Refused extends Error {
  /** @param isPart Whether the piece may be a part of one, and so the whole not be refused for this. */
  constructor(
    readonly reason: string,
    readonly isPart = false,
  ) {
    super(reason);
  }
}

/** The result of `f`, or why there is none. */
export function orRefused<T>(f: () => T): T | Refused {
  try {
    return f();
  } catch (error) {
    if (error instanceof Refused) return error;
    throw error;
  }
}
