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
type CreateRequire = (file: string) => Require;

/** The parts of Node that are used, for which no bundler looks in here. */
type Node = {
  readonly platform: string;
  readonly arch: string;
  getBuiltinModule?(name: 'node:module'): {createRequire: CreateRequire};
  getBuiltinModule?(name: 'node:os'): {availableParallelism(): number};
};

/** Stands in a bundle in CommonJS in the place of `import.meta`, which its bundler empties. */
declare const __filename: string | undefined;

/** The addon and where tfjs-node's binding is, if it is known. Throws where there is no addon. */
export function loadAddon(): {addon: Addon; binding?: string; cores: number} {
  const {process: node} = globalThis as {process?: Node};
  if (node?.getBuiltinModule == null) throw new Error('not in Node 20.16 or later');
  const {createRequire} = node.getBuiltinModule('node:module');
  const {require, manifest} = findPackage(createRequire, [
    import.meta.url as string | undefined,
    typeof __filename === 'string' ? __filename : undefined,
  ]);
  const folder = manifest.slice(0, -'package.json'.length);
  return {
    addon: require(`${folder}native/prebuilt/${node.platform}-${node.arch}.node`) as Addon,
    binding: Object.keys(require.cache).find(path => path.endsWith('tfjs_binding.node')),
    cores: node.getBuiltinModule('node:os').availableParallelism(),
  };
}

/** Where the package is installed beside its code, or beside the bundle that has this code. */
function findPackage(createRequire: CreateRequire, places: Array<string | undefined>) {
  for (const place of places) {
    if (place == null) continue;
    try {
      const require = createRequire(place);
      return {require, manifest: require.resolve('tfjs-normalization/package.json')};
    } catch {
      // Not there; a bundler may also have made the place up.
    }
  }
  throw new Error(
    'tfjs-normalization is bundled and its files are not found: make it external, or install it beside the bundle',
  );
}
