/** The part of Eleventy that the site uses; Eleventy has no types. */
declare module '@11ty/eleventy' {
  export interface UserConfig {
    addTemplate(path: string, content: string): void;
    amendLibrary(engine: 'md', change: (library: {enable(rule: string): void}) => void): void;
    setUseGitIgnore(use: boolean): void;
    addPlugin(plugin: unknown, options?: object): void;
    addGlobalData(name: string, value: unknown): void;
    addFilter(name: string, filter: (text: string) => string): void;
    addTransform(
      name: string,
      transform: (this: {page: {filePathStem: string}}, html: string) => string,
    ): void;
  }
  export const IdAttributePlugin: unknown;
  export default class Eleventy {
    constructor(input: string, output: string, options: {configPath: string; quietMode: boolean});
    write(): Promise<void>;
  }
}

declare module '@11ty/eleventy-plugin-syntaxhighlight' {
  const plugin: unknown;
  export default plugin;
}
