/** What `make` gives at the first call: importing the package must not make layers. */
export function once<T>(make: () => T): () => T {
  let made: T | undefined;
  return () => (made ??= make());
}
