/** The result of the first call of `make`: importing the package must not make layers. */
export function once<T>(make: () => T): () => T {
  let made: T | undefined;
  return () => (made ??= make());
}
