/** One call of a function of a SIMD module, and the memory that the module works in. */
type Call = {readonly name: string; readonly memory: WebAssembly.Memory};

/** All calls from now on, of the modules that are loaded from now on. */
export function moduleCalls(): Call[] {
  const {Instance} = WebAssembly;
  const calls: Call[] = [];
  jest.spyOn(WebAssembly, 'Instance').mockImplementation((module, imports) => {
    const instance = new Instance(module, imports);
    const {memory} = imports!['env'] as {memory: WebAssembly.Memory};
    const exports = Object.entries(instance.exports).map(([name, f]) => [
      name,
      typeof f !== 'function'
        ? f
        : (...args: number[]) => {
            calls.push({name, memory});
            return (f as (...n: number[]) => number)(...args);
          },
    ]);
    return {exports: Object.fromEntries(exports) as WebAssembly.Exports};
  });
  return calls;
}

/** The functions that were called, each once. */
export const namesOf = (calls: Call[]): string[] =>
  [...new Set(calls.map(({name}) => name))].sort();
