/** The addon of the folder `native`, which defines TensorFlow ops over the SIMD kernels' C source. */

export type Addon = {
  /** Defines the ops in the TensorFlow that the file at `binding` uses; returns why it cannot. */
  register(binding: string | undefined): string | undefined;
  /** Sets how many threads a call may take. */
  threads(count: number): void;
};

type Require = {
  (path: string): unknown;
  resolve(name: string): string;
  readonly cache: Record<string, unknown>;
};

/** What is used of Node, for which no bundler looks in here. */
type Node = {
  readonly platform: string;
  readonly arch: string;
  getBuiltinModule?(name: 'node:module'): {createRequire(file: string): Require};
  getBuiltinModule?(name: 'node:os'): {availableParallelism(): number};
};

/** The addon and where tfjs-node's binding is, if it is known. Throws where there is no addon. */
export function loadAddon(): {addon: Addon; binding?: string; cores: number} {
  const {process: node} = globalThis as {process?: Node};
  const here = import.meta.url as string | undefined;
  if (node?.getBuiltinModule == null || here == null) throw new Error('made for browsers');
  const require = node.getBuiltinModule('node:module').createRequire(here);
  const folder = require
    .resolve('tfjs-normalization/package.json')
    .slice(0, -'package.json'.length);
  return {
    addon: require(`${folder}native/prebuilt/${node.platform}-${node.arch}.node`) as Addon,
    binding: Object.keys(require.cache).find(path => path.endsWith('tfjs_binding.node')),
    cores: node.getBuiltinModule('node:os').availableParallelism(),
  };
}
