import {availableParallelism} from 'node:os';
import {whyNoChromium} from './scripts/chromium.mjs';
import {whyNoAddon} from './scripts/native_addon.mjs';
import {whyNoTensorflow} from './scripts/setup_node.mjs';

/** @type {import('jest').Config} */
const common = {
  testEnvironment: 'node',
  // The clean-up wraps tfjs's engine, a global, and crashes when a backend is not ready by then.
  testEnvironmentOptions: {globalsCleanup: 'off'},
  testMatch: ['<rootDir>/test/**/*.test.ts'],
  setupFilesAfterEnv: ['<rootDir>/test/setup.ts'],
  // Else each use of them asks the sandbox, which takes longer than most of what is computed.
  sandboxInjectedGlobals: [
    ...[
      'Math',
      'Number',
      'Object',
      'Infinity',
      'Array',
      'Float32Array',
      'Int32Array',
      'Uint8Array',
    ],
    ...['Map', 'Set', 'WeakMap', 'Symbol', 'Promise', 'Error'],
  ],
  moduleNameMapper: {'^(\\.{1,2}/.*)\\.js$': '$1'},
  transform: {
    '\\.ts$': [
      '@swc/jest',
      {
        jsc: {parser: {syntax: 'typescript'}, target: 'es2022'},
        module: {type: 'commonjs'},
      },
    ],
  },
};

/** @type {import('jest').Config} */
const js = {
  ...common,
  displayName: 'js',
  testPathIgnorePatterns: ['/test/node/', '/test/browser/'],
};

// Apart, since importing tfjs-node registers its backend and makes it the default.
/** @type {import('jest').Config} */
const tensorflow = {
  ...common,
  displayName: 'tensorflow',
  testEnvironment: '<rootDir>/test/node/environment.js',
  testMatch: [
    '<rootDir>/test/{conformance,determinism,empty,golden,numerics}.test.ts',
    '<rootDir>/test/{layers,node,ops}/*.test.ts',
    '<rootDir>/test/accelerate/{batch_norm,kernels,programs}.test.ts',
    '<rootDir>/test/graph/golden.test.ts',
  ],
  setupFilesAfterEnv: ['<rootDir>/test/setup.ts', '<rootDir>/test/node/backends.ts'],
  moduleNameMapper: {
    '/backends\\.js$': '<rootDir>/test/node/backends.ts',
    // scripts/test_versions.mjs and scripts/test_sanitized.mjs set these.
    ...(process.env['TFJS_NODE'] && {'^@tensorflow/tfjs-node$': process.env['TFJS_NODE']}),
    ...(process.env['TFN_ADDON'] && {'/prebuilt/.+\\.node$': process.env['TFN_ADDON']}),
    ...common.moduleNameMapper,
  },
};

// These suites are about the native ops alone. All of `tensorflow` runs on them as well.
/** @type {import('jest').Config} */
const tensorflowNative = {
  ...tensorflow,
  displayName: 'tensorflow native',
  testMatch: ['<rootDir>/test/node/native/*.test.ts'],
};

// Where there is no native addon.
/** @type {import('jest').Config} */
const tensorflowCopies = {
  ...tensorflow,
  displayName: 'tensorflow copies',
  testMatch: [
    '<rootDir>/test/{golden,numerics}.test.ts',
    '<rootDir>/test/node/{copies/*,later_node,numerics}.test.ts',
    '<rootDir>/test/ops/ops.test.ts',
  ],
  moduleNameMapper: {
    '/native/run\\.js$': '<rootDir>/test/node/no_native.ts',
    ...tensorflow.moduleNameMapper,
  },
};

// In the page of a real browser, with GPUs of its own.
/** @type {import('jest').Config} */
const browser = {
  ...common,
  displayName: 'browser',
  testMatch: ['<rootDir>/test/browser/*.test.ts'],
  globalSetup: '<rootDir>/test/browser/setup.js',
  globalTeardown: '<rootDir>/test/browser/teardown.js',
};

/** @type {Array<[where: string, projects: import('jest').Config[], why: string | null]>} */
const optional = [
  ['on the backend tensorflow', [tensorflow, tensorflowCopies], whyNoTensorflow()],
  ['on native ops', whyNoTensorflow() == null ? [tensorflowNative] : [], whyNoAddon()],
  ['in a browser', [browser], await whyNoChromium()],
];
for (const [where, , why] of optional) {
  if (why == null) continue;
  if (process.env['CI']) throw new Error(`CI requires the suites ${where}: ${why}.`);
  console.warn(`The suites did not run ${where}: ${why}.`);
}

/** @type {import('jest').Config} */
export default {
  // The pages wait for their GPUs, so that one worker more than there are cores leaves none idle.
  maxWorkers: availableParallelism() + 1,
  testSequencer: '<rootDir>/test/sequencer.cjs',
  // For machines that do other work besides.
  testTimeout: 30_000,
  projects: [js, ...optional.flatMap(([, projects, why]) => (why == null ? projects : []))],
  collectCoverageFrom: ['src/**/*.ts'],
  coverageThreshold: {global: {statements: 95, lines: 95, functions: 95, branches: 90}},
};
